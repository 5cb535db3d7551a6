// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.release.LegOutcome;
import io.headway.functions.release.Releases;
import io.headway.schemas.Appraisal;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DeliveredStop;
import io.headway.schemas.ExpectedArrival;
import io.headway.schemas.PlannedStop;
import java.time.Instant;
import java.util.Optional;

/**
 * Holds what a model expected of one vehicle's next stop against when the vehicle came, as its
 * later requests show it: once a leg, by the first request after the vehicle has left the stop
 * before.
 *
 * <p>A leg that takes longer than expected is known to be outside as soon as the time is over, so
 * that those which never end are not left out, and one to a stop that is delivered already when
 * somebody looks is known by the arrival there. Left out are a leg during which something was
 * decided that changes it, a stop that was put off or cancelled, and one after which another was
 * delivered before anybody looked. A Flink POJO, keyed state of {@link ApplyBounds}; times are
 * event times in milliseconds since the epoch.
 */
public class ArrivalWatch {
  /** The stop that was next when the vehicle was seen last, or null. */
  public String next;

  /** The stop that is waited for, or null. */
  public String expected;

  /** When it was asked. */
  public long requestedAtMs;

  /** Before this nobody was expected. */
  public long earliestMs;

  /** After this neither. */
  public long latestMs;

  /** The model that expected it. */
  public String model;

  /** Revision of the release by which it was asked. */
  public long revision;

  /** For Flink, and for a new vehicle. */
  public ArrivalWatch() {}

  /**
   * Looks at a request that was answered, not older than the last one. Scenarios that are of no
   * release, as the judge's, are not watched.
   *
   * @return how the leg that was waited for came out, once that is known
   */
  public Optional<LegOutcome> see(Appraisal appraisal) {
    DecisionRequest request = appraisal.getRequest();
    Optional<LegOutcome> outcome = settle(request);
    PlannedStop first = first(request);
    boolean movedOn = next != null && !next.equals(first.getShipmentId());
    next = first.getShipmentId();
    if (expected == null
        && movedOn
        && first.getArrivedAt() == null
        && request.getModel() != null
        && appraisal.getExpectedArrival() != null) {
      expect(request, appraisal.getExpectedArrival());
    }
    return outcome;
  }

  /** Something was decided for the vehicle. */
  public void decided(DecisionKind kind) {
    if (kind != DecisionKind.KEEP
        && kind != DecisionKind.WAIT
        && kind != DecisionKind.NOTIFY_LATE) {
      expected = null;
    }
  }

  private void expect(DecisionRequest request, ExpectedArrival arrival) {
    expected = arrival.getShipmentId();
    requestedAtMs = request.getRequestedAt().toEpochMilli();
    earliestMs = requestedAtMs + (long) (1000 * arrival.getEarliestS());
    latestMs = requestedAtMs + (long) (1000 * arrival.getLatestS());
    model = Releases.reference(request.getModel()).toString();
    revision = request.getModel().getRevision();
  }

  private Optional<LegOutcome> settle(DecisionRequest request) {
    if (expected == null) {
      return Optional.empty();
    }
    PlannedStop first = first(request);
    boolean isNext = first.getShipmentId().equals(expected);
    Instant arrived = isNext ? first.getArrivedAt() : arrivedBefore(request);
    if (arrived != null) {
      long arrivedMs = arrived.toEpochMilli();
      return Optional.of(outcome(arrivedMs < earliestMs || arrivedMs > latestMs));
    }
    if (!isNext) {
      expected = null;
      return Optional.empty();
    }
    return request.getRequestedAt().toEpochMilli() > latestMs
        ? Optional.of(outcome(true))
        : Optional.empty();
  }

  /** When the vehicle arrived at the stop that is waited for, if that was delivered since. */
  private Instant arrivedBefore(DecisionRequest request) {
    DeliveredStop delivered = request.getDelivered();
    return delivered != null && delivered.getShipmentId().equals(expected)
        ? delivered.getArrivedAt()
        : null;
  }

  private LegOutcome outcome(boolean outside) {
    LegOutcome leg = new LegOutcome();
    leg.model = model;
    leg.revision = revision;
    leg.requestedAtMs = requestedAtMs;
    leg.outside = outside;
    expected = null;
    return leg;
  }

  private static PlannedStop first(DecisionRequest request) {
    int stop = request.getCandidates().get(0).getOrder().get(0);
    return request.getStops().get(stop);
  }
}
