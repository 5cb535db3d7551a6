// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceException;
import io.headway.functions.inference.stream.InferenceMetrics;
import io.headway.functions.memory.NativeMemory;
import io.headway.functions.release.AskedVersions;
import io.headway.functions.release.ComparedRequest;
import io.headway.functions.release.Releases;
import io.headway.schemas.Appraisal;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ModelVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/**
 * Imagines what may happen and costs the candidates of a request: over scenarios of the model that
 * the request names, or over the one of {@link PointEstimate} when it names none, or when that
 * model does not answer by its deadline. A pure function of the request and of whether the model
 * answered (but for the time that it took), so that a recorded request always gives the same
 * answer. It knows no state and chooses nothing; {@link ApplyBounds} does.
 *
 * <p>Where a request names a second model to compare, that is asked the same; the answer does not
 * wait for it. How it did comes out with a later answer.
 */
public final class ImagineAndCost extends RichAsyncFunction<DecisionRequest, Imagined> {
  private static final long serialVersionUID = 1;

  /**
   * Most comparisons that wait for an answer to come out with; more are not counted. Each holds
   * both models' scenarios, up to 200 kB each.
   */
  private static final int COMPARISONS_MAX = 128;

  /** Each takes four costings more, and the task does nothing else meanwhile. */
  private static final int COMPARISONS_AN_ANSWER = 4;

  private final ImagineSettings settings;

  private transient ReadableConfig taskManager;
  private transient Appraiser appraiser;
  private transient InferenceMetrics metrics;
  private transient AskedVersions<DecisionRequest, DrawnTimes> models;
  private transient BlockingQueue<Compared> comparisons;

  /** Both models' answers to one request. */
  private record Compared(
      DecisionRequest request, ModelVersion candidate, Answer ofCandidate, Answer ofStable) {}

  /** What a model said, or why it said nothing. */
  private record Answer(DrawnTimes drawn, InferenceException failure, double tookMs) {}

  /** Asks models as the settings say. */
  public ImagineAndCost(ImagineSettings settings) {
    this.settings = settings;
  }

  /** An asynchronous function is not shown the context itself, which knows the TaskManager. */
  @Override
  public void setRuntimeContext(RuntimeContext context) {
    taskManager = NativeMemory.taskManager(context);
    super.setRuntimeContext(context);
  }

  @Override
  public void open(OpenContext context) {
    appraiser = new Appraiser(settings.samples());
    comparisons = new ArrayBlockingQueue<>(COMPARISONS_MAX);
    metrics = new InferenceMetrics(getRuntimeContext().getMetricGroup());
    models =
        AskedVersions.of(
            DrawnTimes.SIGNATURE,
            DrawnTimes::encode,
            DrawnTimes::decode,
            settings.batching(),
            metrics,
            settings.intraOpThreads(),
            taskManager);
    metrics.queued(models::queued);
  }

  @Override
  public void asyncInvoke(DecisionRequest request, ResultFuture<Imagined> result) {
    if (request.getModel() == null) {
      result.complete(List.of(Imagined.of(baseline(request, DecisionSource.BASELINE))));
      return;
    }
    metrics.version(request.getModel().getVersion());
    CompletableFuture<Answer> answer = ask(request, request.getModel());
    if (request.getComparedModel() != null) {
      compare(request, answer, ask(request, request.getComparedModel()));
    }
    // The supplier is called by the task's own thread.
    var unused =
        answer.whenComplete(
            (given, failure) -> {
              if (failure == null) {
                result.complete(() -> answers(request, given));
              } else {
                result.completeExceptionally(failure);
              }
            });
  }

  @Override
  public void close() {
    if (models != null) {
      models.close();
    }
  }

  private CompletableFuture<Answer> ask(DecisionRequest request, ModelVersion version) {
    long startNs = System.nanoTime();
    metrics.submitted();
    return models
        .submit(Releases.reference(version), request)
        .handle(
            (drawn, failure) -> {
              metrics.settled();
              double tookMs = (System.nanoTime() - startNs) / 1e6;
              if (failure == null) {
                return new Answer(drawn, null, tookMs);
              } else if (failure instanceof InferenceException unanswered) {
                return new Answer(null, unanswered, tookMs);
              }
              throw new IllegalStateException(
                  "Model %s cannot be asked.".formatted(version), failure);
            });
  }

  private void compare(
      DecisionRequest request, CompletableFuture<Answer> answer, CompletableFuture<Answer> other) {
    boolean canaryAnswers = request.getModel().getRole() == ModelRole.CANARY;
    var unused =
        answer.thenAcceptBoth(
            other,
            (first, second) ->
                comparisons.offer(
                    canaryAnswers
                        ? new Compared(request, request.getModel(), first, second)
                        : new Compared(request, request.getComparedModel(), second, first)));
  }

  private List<Imagined> answers(DecisionRequest request, Answer answer) {
    List<Imagined> imagined = new ArrayList<>();
    if (answer.failure == null) {
      imagined.add(Imagined.of(generated(request, answer)));
    } else {
      InferenceCause cause = answer.failure.reason();
      metrics.fellBack(cause);
      Appraisal appraisal = baseline(request, DecisionSource.FALLBACK);
      appraisal.setFallbackCause(cause.name());
      imagined.add(Imagined.of(appraisal));
    }
    for (int i = 0; i < COMPARISONS_AN_ANSWER && !comparisons.isEmpty(); i++) {
      Compared done = comparisons.remove();
      if (tells(done)) {
        imagined.add(Imagined.of(compared(done)));
      }
    }
    return imagined;
  }

  /**
   * Without the stable version's answer only a failure of the other's own tells anything of it: a
   * request that cannot be encoded, or a pause of the process, is nobody's fault.
   */
  private static boolean tells(Compared done) {
    return done.ofStable.failure == null
        || (done.ofCandidate.failure != null
            && done.ofCandidate.failure.reason() != done.ofStable.failure.reason());
  }

  private ComparedRequest compared(Compared done) {
    ComparedRequest compared = new ComparedRequest();
    compared.model = Releases.reference(done.candidate).toString();
    compared.revision = done.candidate.getRevision();
    compared.answered = done.ofCandidate.failure == null;
    compared.stableMs = done.ofStable.tookMs;
    if (compared.answered) {
      compared.candidateMs = done.ofCandidate.tookMs;
      compared.diverged =
          decided(generated(done.request, done.ofCandidate))
              != decided(generated(done.request, done.ofStable));
    }
    return compared;
  }

  /** What the model would do, sure or not, were the vehicle's counters at nothing. */
  private static int decided(Appraisal appraisal) {
    Choice choice = Choice.of(appraisal, new ActionLedger());
    return choice.abstention() == null ? choice.candidate() : choice.abstention().candidate();
  }

  private Appraisal generated(DecisionRequest request, Answer answer) {
    long startNs = System.nanoTime();
    Appraisal appraisal =
        appraiser.generative(
            request,
            (asked, scenarios) -> answer.drawn.drawInto(asked, settings.scenarios(), scenarios));
    appraisal.setModelName(request.getModel().getName());
    appraisal.setImaginedMs((float) (answer.tookMs + (System.nanoTime() - startNs) / 1e6));
    return appraisal;
  }

  private Appraisal baseline(DecisionRequest request, DecisionSource source) {
    long startNs = System.nanoTime();
    Appraisal appraisal = appraiser.baseline(request);
    appraisal.setSource(source);
    appraisal.setImaginedMs((System.nanoTime() - startNs) / 1e6f);
    return appraisal;
  }
}
