// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

class TopicsTest {

  @Test
  void everyTopicStampsRecordsWithItsAppendTime() {
    assertThat(Topics.all())
        .isNotEmpty()
        .allSatisfy(
            topic ->
                assertThat(topic.config())
                    .containsEntry("message.timestamp.type", "LogAppendTime"));
  }

  @Test
  void controlTopicsAreCompactedAndKeptForEver() {
    assertThat(Topics.BOUNDS.config())
        .containsEntry("cleanup.policy", "compact")
        .containsEntry("retention.ms", "-1");
  }

  @Test
  void whatWasReplayedIsKnownForAsLongAsItCouldBeReplayedAgain() {
    long segmentMs = Duration.ofDays(7).toMillis();
    long inputMs =
        Topics.all().stream()
            .filter(Topic::input)
            .mapToLong(Topic::retentionMs)
            .max()
            .orElseThrow();

    assertThat(Topics.DEAD_LETTER_REPLAYS.config())
        .containsEntry("cleanup.policy", "compact,delete");
    assertThat(Topics.DEAD_LETTER_REPLAYS.retentionMs())
        .isLessThan(Duration.ofDays(366).toMillis())
        .isGreaterThan(inputMs + segmentMs + Topics.DEAD_LETTERS.retentionMs() + segmentMs);
  }

  @Test
  void entityKeysAreFieldsOfTheirRecords() {
    assertThat(Topics.all())
        .filteredOn(topic -> !topic.equals(Topics.BOUNDS))
        .allSatisfy(topic -> assertThat(topic.schema().getField(topic.key())).isNotNull());
  }

  @Test
  void anUnknownTopicIsNamed() {
    assertThatThrownBy(() -> Topics.byName("telemetri"))
        .hasMessageContaining("telemetri")
        .hasMessageContaining("telemetry");
  }

  @Test
  void everyFieldOfEveryRecordIsDocumented() {
    assertThat(Topics.all()).allSatisfy(topic -> assertDocumented(topic.schema()));
    assertDocumented(Appraisal.getClassSchema());
  }

  private static void assertDocumented(Schema schema) {
    switch (schema.getType()) {
      case RECORD -> {
        assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
        for (Schema.Field field : schema.getFields()) {
          assertThat(field.doc()).as(schema.getFullName() + "." + field.name()).isNotBlank();
          assertDocumented(field.schema());
        }
      }
      case ENUM -> assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
      case ARRAY -> assertDocumented(schema.getElementType());
      case UNION -> schema.getTypes().forEach(TopicsTest::assertDocumented);
      default -> {}
    }
  }
}
