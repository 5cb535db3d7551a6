// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.inference.BatchSettings;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Recorded requests, each of which gives the committed decision alone. What was decided is also
 * written to {@code target/decisions}, to be read and committed when a change is meant.
 */
class RecordedDecisionsTest {
  @ParameterizedTest
  @CsvSource({
    "closure-ahead, REROUTE",
    "late-whatever-is-done, NOTIFY_LATE",
    "most-stops-missed, DISPATCH_BACKUP",
    "new-shipment-off-network, RESEQUENCE",
    "gain-too-small, KEEP"
  })
  void aRecordedRequestGivesItsDecisionAlone(String name, DecisionKind kind) throws Exception {
    DecisionRequest request = request(name);
    Decision decision = decide(appraise(request));
    decision.getLatency().setImagineMs(null);
    decision.getLatency().setBoundsMs(null);

    String json = json(decision);
    Path written = Path.of("target", "decisions", name + ".decision.json");
    Files.createDirectories(written.getParent());
    Files.writeString(written, json);
    assertThat(decision.getKind()).isEqualTo(kind);
    assertThat(json).isEqualTo(resource(name + ".decision.json"));
  }

  private static Appraisal appraise(DecisionRequest request) throws Exception {
    try (var harness =
        new OneInputStreamOperatorTestHarness<>(
            new AsyncWaitOperatorFactory<>(
                new ImagineAndCost(new ImagineSettings(1, 0, BatchSettings.DEFAULTS, 1)),
                0,
                1,
                AsyncDataStream.OutputMode.ORDERED),
            TypeInformation.of(DecisionRequest.class)
                .createSerializer(new SerializerConfigImpl()))) {
      harness.open();
      harness.processElement(new StreamRecord<>(request));
      harness.endInput();
      return harness.extractOutputValues().get(0).appraisal;
    }
  }

  private static Decision decide(Appraisal appraisal) {
    return new DecisionWriter().write(appraisal, Choice.of(appraisal, new ActionLedger()));
  }

  private static DecisionRequest request(String name) throws IOException {
    String json = resource(name + ".request.json");
    return new SpecificDatumReader<>(DecisionRequest.class)
        .read(null, DecoderFactory.get().jsonDecoder(DecisionRequest.getClassSchema(), json));
  }

  private static String json(Decision decision) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JsonEncoder encoder = EncoderFactory.get().jsonEncoder(Decision.getClassSchema(), bytes, true);
    new SpecificDatumWriter<>(Decision.class).write(decision, encoder);
    encoder.flush();
    return bytes.toString(StandardCharsets.UTF_8) + "\n";
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RecordedDecisionsTest.class.getResourceAsStream("/decisions/" + name)) {
      assertThat(in).as("resource decisions/%s", name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
