// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Telemetry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.RandomData;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class OutputsTest {
  private static final Origin ORIGIN = new Origin("telemetry", 1, 2, Inputs.T0);

  @Test
  void aDecisionGoesOutUnderItsVehicleWithoutATimestamp() throws Exception {
    Decision decision = random(Decision.class);

    ProducerRecord<byte[], byte[]> record =
        OutputSerializer.ofDecisions("decisions", null).serialize(decision, null, 5L);

    assertThat(record.topic()).isEqualTo("decisions");
    assertThat(record.timestamp()).isNull();
    assertThat(record.partition()).isNull();
    assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo(decision.getVehicleId());
    assertThat(Decision.getDecoder().decode(record.value())).isEqualTo(decision);
  }

  @Test
  void aRequestGoesOutUnderItsVehicleWithoutATimestamp() throws Exception {
    DecisionRequest request = random(DecisionRequest.class);

    ProducerRecord<byte[], byte[]> record =
        OutputSerializer.ofDecisionRequests("decision-requests", null).serialize(request, null, 5L);

    assertThat(record.topic()).isEqualTo("decision-requests");
    assertThat(record.timestamp()).isNull();
    assertThat(record.partition()).isNull();
    assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo(request.getVehicleId());
    assertThat(DecisionRequest.getDecoder().decode(record.value())).hasToString(request.toString());
  }

  @Test
  void aDeadLetterGoesOutUnderItsInputsKey() throws Exception {
    DeadLetter letter =
        new DeadLetters(100)
            .of(ORIGIN, new byte[] {4, 5}, new byte[] {1}, new Fault(DeadLetterCause.NO_PLAN, "x"));

    ProducerRecord<byte[], byte[]> record =
        OutputSerializer.ofDeadLetters("dead-letters", null).serialize(letter, null, 5L);

    assertThat(record.timestamp()).isNull();
    assertThat(record.key()).containsExactly(4, 5);
    assertThat(DeadLetter.getDecoder().decode(record.value())).isEqualTo(letter);
    letter.setKey(null);
    assertThat(
            OutputSerializer.ofDeadLetters("dead-letters", null).serialize(letter, null, 5L).key())
        .isNull();
  }

  @Test
  void withASchemaIdTheRecordsGoOutInConfluentsFormat() throws Exception {
    Decision decision = random(Decision.class);
    DeadLetter letter =
        new DeadLetters(100)
            .of(ORIGIN, null, new byte[] {1}, new Fault(DeadLetterCause.NO_PLAN, "x"));

    byte[] decisionBytes =
        OutputSerializer.ofDecisions("decisions", 258).serialize(decision, null, 5L).value();
    DecisionRequest request = random(DecisionRequest.class);
    byte[] requestBytes =
        OutputSerializer.ofDecisionRequests("decision-requests", 260)
            .serialize(request, null, 5L)
            .value();
    byte[] letterBytes =
        OutputSerializer.ofDeadLetters("dead-letters", 259).serialize(letter, null, 5L).value();

    assertThat(Arrays.copyOf(decisionBytes, 5)).containsExactly(0, 0, 0, 1, 2);
    assertThat(Arrays.copyOf(letterBytes, 5)).containsExactly(0, 0, 0, 1, 3);
    assertThat(afterHeader(Decision.class, decisionBytes)).hasToString(decision.toString());
    assertThat(Arrays.copyOf(requestBytes, 5)).containsExactly(0, 0, 0, 1, 4);
    assertThat(afterHeader(DecisionRequest.class, requestBytes)).hasToString(request.toString());
    assertThat(afterHeader(DeadLetter.class, letterBytes)).isEqualTo(letter);
  }

  private static <T extends SpecificRecordBase> T afterHeader(Class<T> type, byte[] bytes)
      throws IOException {
    SpecificData model = SpecificData.getForClass(type);
    BinaryDecoder decoder =
        DecoderFactory.get()
            .binaryDecoder(
                bytes,
                ConfluentFormat.HEADER_BYTES,
                bytes.length - ConfluentFormat.HEADER_BYTES,
                null);
    T record =
        new SpecificDatumReader<T>(model.getSchema(type), model.getSchema(type), model)
            .read(null, decoder);
    assertThat(decoder.isEnd()).isTrue();
    return record;
  }

  @Test
  void aLetterKeepsWhatTheLimitAllows() {
    byte[] payload = new byte[101];
    DeadLetters letters = new DeadLetters(100);

    DeadLetter cut = letters.of(ORIGIN, null, payload, new Fault(DeadLetterCause.NO_PLAN, "x"));
    assertThat(cut.getPayload().remaining()).isEqualTo(100);
    assertThat(cut.getPayloadLength()).isEqualTo(101);
    assertThat(cut.getPayloadSha256()).isEqualTo(DeadLetters.sha256(payload));

    DeadLetter whole = new DeadLetters(101).of(ORIGIN, null, payload, cutFault());
    assertThat(whole.getPayload().remaining()).isEqualTo(101);
    assertThat(whole.getPayloadSha256()).isNull();
  }

  @Test
  void aLetterIsBoundedWhateverTheKey() {
    byte[] key = new byte[DeadLetters.MAX_KEY_BYTES + 1];

    DeadLetter letter = new DeadLetters(9).of(ORIGIN, key, new byte[] {1}, cutFault());

    assertThat(letter.getKey().remaining()).isEqualTo(DeadLetters.MAX_KEY_BYTES);
  }

  @Test
  void aLetterOfAnOversizedInputKeepsTheLengthAndHashOfTheWhole() {
    Inbound<Telemetry> oversized =
        Inbound.faulty(
            ORIGIN,
            null,
            new byte[100],
            70_000,
            "ab",
            new Fault(DeadLetterCause.OVERSIZED, "too large"));

    DeadLetter letter = new DeadLetters(60).of(oversized);

    assertThat(letter.getPayload().remaining()).isEqualTo(60);
    assertThat(letter.getPayloadLength()).isEqualTo(70_000);
    assertThat(letter.getPayloadSha256()).isEqualTo("ab");
  }

  /** flink-avro is built against Avro 1.11 and runs here with 1.12. */
  @Test
  void recordsTravelBetweenOperatorsWithTheirMomentsAndWithoutKryo() throws Exception {
    assertTravels(Inputs.telemetry("v1", Inputs.T0));
    assertTravels(Inputs.shipment());
    assertTravels(Inputs.roadEvent());
    assertTravels(Inputs.bounds());
    assertTravels(random(RoadEvent.class));
    assertTravels(random(Bounds.class));
    assertTravels(random(Decision.class));
    assertTravels(random(DecisionRequest.class));
    assertTravels(random(Appraisal.class));
    assertTravels(new DeadLetters(9).of(ORIGIN, new byte[] {4}, new byte[] {1}, cutFault()));
  }

  private static Fault cutFault() {
    return new Fault(DeadLetterCause.NO_PLAN, "no plan");
  }

  @SuppressWarnings("unchecked")
  private static <T extends SpecificRecordBase> void assertTravels(T record) throws Exception {
    Class<T> type = (Class<T>) record.getClass();
    SerializerConfig withoutKryo =
        new SerializerConfigImpl(new Configuration().set(PipelineOptions.GENERIC_TYPES, false));
    TypeSerializer<T> serializer = new AvroTypeInfo<>(type).createSerializer(withoutKryo);
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(record, out);
    T read = serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    // Not by equals: that of Avro's arrays fails on nullable moments within them.
    assertThat(read).hasToString(record.toString());
    assertThat(serializer.copy(record)).hasToString(record.toString()).isNotSameAs(record);
  }

  /** Any record of a type, the same one every time. */
  private static <T extends SpecificRecordBase> T random(Class<T> type) {
    SpecificData model = SpecificData.getForClass(type);
    Schema schema = model.getSchema(type);
    Object plain = new RandomData(schema, 1, 11L, true).iterator().next();
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
      new GenericDatumWriter<>(schema).write(plain, encoder);
      BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null);
      return new SpecificDatumReader<T>(schema, schema, model).read(null, decoder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
