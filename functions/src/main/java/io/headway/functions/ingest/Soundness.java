// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.functions.inference.ModelReference;
import io.headway.schemas.Bounds;
import io.headway.schemas.CostWeights;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ReleaseLimits;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.time.Instant;
import java.util.List;

/**
 * The ranges that the contracts give to the fields of the inputs. Each method returns the first
 * fault that it finds, or null. NaN lies in no range.
 */
final class Soundness {
  private static final int MAX_ID_CHARACTERS = 64;
  private static final int MIN_GEOMETRY_POINTS = 2;
  private static final int MAX_GEOMETRY_POINTS = 1_000;

  /** Far beyond anything meant, and far from overflowing what is computed with it. */
  private static final double MAX_AMOUNT = 1e15;

  /** 9999-12-31T23:59:59.999Z: later moments overflow what is computed with them. */
  private static final long LAST_MOMENT_MS = 253_402_300_799_999L;

  private Soundness() {}

  static Fault faultOf(Telemetry t) {
    return first(
        id("vehicle_id", t.getVehicleId()),
        moment("event_time", t.getEventTime()),
        position(t.getLatDeg(), t.getLonDeg()),
        optional("speed_mps", t.getSpeedMps(), 0, 100),
        heading(t.getHeadingDeg()),
        accuracy(t.getAccuracyM()));
  }

  static Fault faultOf(Shipment s) {
    return first(
        id("shipment_id", s.getShipmentId()),
        id("vehicle_id", s.getVehicleId()),
        moment("event_time", s.getEventTime()),
        status(s.getStatus()),
        range("stop_index", s.getStopIndex(), 0, Integer.MAX_VALUE),
        position(s.getLatDeg(), s.getLonDeg()),
        moment("window_start", s.getWindowStart()),
        moment("window_end", s.getWindowEnd()),
        ordered("window_start", s.getWindowStart(), "window_end", s.getWindowEnd()),
        range("service_s", s.getServiceS(), 0, 86_400));
  }

  static Fault faultOf(RoadEvent e) {
    Fault fault =
        first(
            id("event_id", e.getEventId()),
            moment("event_time", e.getEventTime()),
            moment("valid_from", e.getValidFrom()),
            validity(e),
            range("speed_factor", e.getSpeedFactor(), 0, 1));
    return fault != null ? fault : geometry(e.getGeometry());
  }

  static Fault faultOf(Bounds b) {
    Fault fault =
        first(
            range("version", (double) b.getVersion(), 0, MAX_AMOUNT),
            range("minimum_gain_eur", b.getMinimumGainEur(), 0, MAX_AMOUNT),
            range("actions_per_vehicle_hour", b.getActionsPerVehicleHour(), 0, MAX_AMOUNT),
            range("cooldown_s", b.getCooldownS(), 0, MAX_AMOUNT),
            range("maximum_detour_ratio", b.getMaximumDetourRatio(), 1, MAX_AMOUNT),
            range("wait_s", b.getWaitS(), 0, MAX_AMOUNT),
            range("backup_response_s", b.getBackupResponseS(), 0, MAX_AMOUNT));
    return fault != null ? fault : faultOf(b.getWeights());
  }

  static Fault faultOf(ModelRelease r) {
    Fault fault = reference(r);
    if (fault != null) {
      return fault;
    }
    if (r.getRole() == ModelRole.UNKNOWN) {
      return new Fault(
          DeadLetterCause.UNKNOWN_SCHEMA,
          "role is one that this version does not know, so the release cannot be followed; update the job.");
    }
    ReleaseLimits limits = r.getLimits();
    return first(
        range("revision", (double) r.getRevision(), 0, MAX_AMOUNT),
        moment("released_at", r.getReleasedAt()),
        share(r.getShare()),
        range("limits.min_requests", limits.getMinRequests(), 1, MAX_AMOUNT),
        range("limits.max_divergence_rate", limits.getMaxDivergenceRate(), 0, 1),
        range("limits.max_error_rate", limits.getMaxErrorRate(), 0, 1),
        range("limits.max_latency_ratio", limits.getMaxLatencyRatio(), 0, MAX_AMOUNT),
        range("limits.max_outside_rate", limits.getMaxOutsideRate(), Double.MIN_NORMAL, 1));
  }

  private static Fault reference(ModelRelease r) {
    try {
      String model =
          new ModelReference(r.getName(), r.getVersion(), r.getUri(), r.getSha256()).toString();
      return model.equals(r.getModel())
          ? null
          : outOfRange(
              "model is '%s' and not '%s', name and version; correct it, or compaction keeps the wrong record."
                  .formatted(r.getModel(), model));
    } catch (IllegalArgumentException e) {
      return outOfRange(e.getMessage());
    }
  }

  private static Fault share(double share) {
    return share > 0 && share <= 1
        ? null
        : outOfRange(
            "share is "
                + share
                + ", not above 0 and at most 1; retire a version instead of giving it no share.");
  }

  private static Fault faultOf(CostWeights w) {
    return first(
        range("weights.hour_eur", w.getHourEur(), 0, MAX_AMOUNT),
        range("weights.km_eur", w.getKmEur(), 0, MAX_AMOUNT),
        range("weights.late_eur_per_min", w.getLateEurPerMin(), 0, MAX_AMOUNT),
        range("weights.late_cap_min", w.getLateCapMin(), 0, MAX_AMOUNT),
        range("weights.missed_eur", w.getMissedEur(), 0, MAX_AMOUNT),
        range("weights.grace_min", w.getGraceMin(), 0, MAX_AMOUNT),
        range("weights.notified_ratio", w.getNotifiedRatio(), 0, 1),
        range("weights.notify_ahead_min", w.getNotifyAheadMin(), 0, MAX_AMOUNT),
        range("weights.moved_stop_eur", w.getMovedStopEur(), 0, MAX_AMOUNT),
        range("weights.notify_eur", w.getNotifyEur(), 0, MAX_AMOUNT),
        range("weights.reroute_eur", w.getRerouteEur(), 0, MAX_AMOUNT),
        range("weights.backup_eur", w.getBackupEur(), 0, MAX_AMOUNT),
        range("weights.risk_weight", w.getRiskWeight(), 0, 1),
        below("weights.risk_level", w.getRiskLevel(), 0, 1));
  }

  private static Fault first(Fault... faults) {
    for (Fault fault : faults) {
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static Fault id(String field, String id) {
    if (id.isEmpty()) {
      return outOfRange(field + " is empty; give 1 to " + MAX_ID_CHARACTERS + " characters.");
    }
    if (id.length() > MAX_ID_CHARACTERS) {
      return outOfRange(
          field
              + " has "
              + id.length()
              + " characters; give 1 to "
              + MAX_ID_CHARACTERS
              + " of them.");
    }
    return null;
  }

  private static Fault moment(String field, Instant moment) {
    if (moment.toEpochMilli() < 0 || moment.toEpochMilli() > LAST_MOMENT_MS) {
      return outOfRange(
          field
              + " is "
              + moment.toEpochMilli()
              + " ms since 1970, outside 0 to "
              + LAST_MOMENT_MS
              + "; give milliseconds since 1970-01-01T00:00:00Z.");
    }
    return null;
  }

  private static Fault ordered(String before, Instant start, String after, Instant end) {
    if (end.isBefore(start)) {
      return outOfRange(
          after
              + " is "
              + end
              + ", before "
              + before
              + " "
              + start
              + "; exchange or correct them.");
    }
    return null;
  }

  private static Fault validity(RoadEvent e) {
    Instant until = e.getValidUntil();
    if (until == null) {
      return null;
    }
    Fault fault = moment("valid_until", until);
    boolean clears = !until.isAfter(e.getEventTime());
    return fault != null || clears
        ? fault
        : ordered("valid_from", e.getValidFrom(), "valid_until", until);
  }

  private static Fault position(double latDeg, double lonDeg) {
    Fault fault = range("lat_deg", latDeg, -90, 90);
    return fault != null ? fault : range("lon_deg", lonDeg, -180, 180);
  }

  private static Fault heading(Float headingDeg) {
    return headingDeg == null ? null : below("heading_deg", headingDeg, 0, 360);
  }

  private static Fault accuracy(Float accuracyM) {
    if (accuracyM != null && !(accuracyM > 0 && accuracyM <= 10_000)) {
      return outOfRange(
          "accuracy_m is " + accuracyM + ", not above 0 to 10000; leave it null when not known.");
    }
    return null;
  }

  private static Fault optional(String field, Float value, double low, double high) {
    return value == null ? null : range(field, value, low, high);
  }

  private static Fault status(ShipmentStatus status) {
    return status == ShipmentStatus.UNKNOWN
        ? new Fault(
            DeadLetterCause.UNKNOWN_SCHEMA,
            "status is one that this version does not know, so the plan cannot follow it; update the"
                + " job.")
        : null;
  }

  private static Fault geometry(List<GeoPoint> points) {
    if (points.size() < MIN_GEOMETRY_POINTS) {
      return new Fault(
          DeadLetterCause.NO_GEOMETRY,
          "geometry has "
              + points.size()
              + " points, so no road can be found; give at least "
              + MIN_GEOMETRY_POINTS
              + ".");
    }
    if (points.size() > MAX_GEOMETRY_POINTS) {
      return outOfRange(
          "geometry has "
              + points.size()
              + " points; give at most "
              + MAX_GEOMETRY_POINTS
              + " or split the event.");
    }
    for (int i = 0; i < points.size(); i++) {
      Fault fault = position(points.get(i).getLatDeg(), points.get(i).getLonDeg());
      if (fault != null) {
        return new Fault(fault.cause(), "geometry[" + i + "]." + fault.detail());
      }
    }
    return null;
  }

  private static Fault range(String field, double value, double low, double high) {
    if (value >= low && value <= high) {
      return null;
    }
    return outOfRange(
        field
            + " is "
            + value
            + ", outside "
            + number(low)
            + " to "
            + number(high)
            + "; correct the sender's unit or value.");
  }

  /** Like {@link #range} with {@code high} excluded. */
  private static Fault below(String field, double value, double low, double high) {
    if (value >= low && value < high) {
      return null;
    }
    return outOfRange(
        field
            + " is "
            + value
            + ", outside "
            + number(low)
            + " to below "
            + number(high)
            + "; correct the sender's unit or value.");
  }

  private static String number(double limit) {
    return Long.toString((long) limit);
  }

  private static Fault outOfRange(String detail) {
    return new Fault(DeadLetterCause.OUT_OF_RANGE, detail);
  }
}
