// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.modifier.Visibility;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshotSerializationUtil;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.formats.avro.typeutils.AvroSerializer;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A later version may add a field to what is in state, and reads what an earlier one wrote, as
 * Flink does it: by the snapshot of the serializer that lies beside the state.
 */
class StateEvolutionTest {
  private static final String ADDED = "addedByALaterVersion";

  @ParameterizedTest
  @MethodSource("pojos")
  void aFieldCanBeAdded(Class<?> today) throws Exception {
    TypeSerializer<Object> written = serializer(today);
    Object value = filled(today);
    DataOutputSerializer state = new DataOutputSerializer(256);
    written.serialize(value, state);

    Class<?> later =
        new ByteBuddy()
            .redefine(today)
            .defineField(ADDED, long.class, Visibility.PUBLIC)
            .make()
            .load(today.getClassLoader(), ClassLoadingStrategy.Default.CHILD_FIRST)
            .getLoaded();
    TypeSerializer<Object> wanted = serializer(later);
    TypeSerializerSnapshot<Object> found = throughBytes(written, later.getClassLoader());

    assertThat(compatibility(wanted, found).isCompatibleAfterMigration()).isTrue();
    Object migrated =
        found.restoreSerializer().deserialize(new DataInputDeserializer(state.getCopyOfBuffer()));
    Map<String, Object> expected = simpleFields(value);
    expected.put(ADDED, 0L);
    assertThat(simpleFields(migrated)).isEqualTo(expected);
    assertThat(simpleFields(wanted.copy(migrated))).isEqualTo(expected);
  }

  @Test
  void everyTypeOfObjectInStateIsAmongThem() {
    assertThat(pojos())
        .extracting(Class::getSimpleName)
        .contains(
            "ActionLedger",
            "ActiveEvent",
            "EdgeMean",
            "FateCount",
            "LocatedEvent",
            "RouteTile",
            "TileEvent",
            "Touch",
            "VehiclePlan",
            "VehicleProgress",
            "Watch",
            "WeightBlock");
  }

  /** Avro's rule is the one of the topics: a field that is added has a default. */
  @ParameterizedTest
  @ValueSource(classes = {Bounds.class, Decision.class})
  void aFieldWithADefaultCanBeAddedToAContractInState(Class<?> contract) throws Exception {
    assertThat(TypeInformation.of(contract)).isInstanceOf(AvroTypeInfo.class);
    Schema today = (Schema) contract.getMethod("getClassSchema").invoke(null);
    TypeSerializerSnapshot<GenericRecord> found =
        throughBytes(new AvroSerializer<>(GenericRecord.class, today), getClass().getClassLoader());

    assertThat(compatibility(withField(today, 0L), found).isCompatibleAfterMigration()).isTrue();
    assertThat(compatibility(withField(today, null), found).isIncompatible())
        .as("without a default")
        .isTrue();
  }

  private static TypeSerializer<GenericRecord> withField(Schema today, Object defaultValue) {
    List<Schema.Field> fields = new ArrayList<>();
    today.getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
    fields.add(new Schema.Field(ADDED, Schema.create(Schema.Type.LONG), "Added.", defaultValue));
    return new AvroSerializer<>(
        GenericRecord.class,
        Schema.createRecord(today.getName(), today.getDoc(), today.getNamespace(), false, fields));
  }

  static List<Class<?>> pojos() {
    Stream<Class<?>> classes =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.headway.functions")
                .stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !type.isInterface() && !type.isEnum() && !type.isRecord())
                .map(JavaClass::reflect);
    return classes
        .filter(type -> TypeInformation.of(type) instanceof PojoTypeInfo)
        .sorted((a, b) -> a.getName().compareTo(b.getName()))
        .toList();
  }

  @SuppressWarnings("unchecked")
  private static TypeSerializer<Object> serializer(Class<?> type) {
    return (TypeSerializer<Object>)
        TypeInformation.of(type).createSerializer(new SerializerConfigImpl());
  }

  /** The snapshot as a savepoint holds it, read where a class may have other fields. */
  private static <T> TypeSerializerSnapshot<T> throughBytes(
      TypeSerializer<T> serializer, ClassLoader loader) throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(256);
    TypeSerializerSnapshotSerializationUtil.writeSerializerSnapshot(
        out, serializer.snapshotConfiguration());
    return TypeSerializerSnapshotSerializationUtil.readSerializerSnapshot(
        new DataInputDeserializer(out.getCopyOfBuffer()), loader);
  }

  private static <T> TypeSerializerSchemaCompatibility<T> compatibility(
      TypeSerializer<T> wanted, TypeSerializerSnapshot<T> found) {
    return wanted.snapshotConfiguration().resolveSchemaCompatibility(found);
  }

  /** An object whose numbers and texts are not what a new one has. */
  private static Object filled(Class<?> type) throws ReflectiveOperationException {
    Object object = type.getConstructor().newInstance();
    for (Field field : type.getFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      Object value = sample(field.getType());
      if (value != null) {
        field.set(object, value);
      }
    }
    return object;
  }

  private static Object sample(Class<?> type) {
    return Map.<Class<?>, Object>of(
            int.class,
            7,
            long.class,
            8L,
            float.class,
            1.5f,
            double.class,
            2.5,
            boolean.class,
            true,
            String.class,
            "text")
        .get(type);
  }

  private static Map<String, Object> simpleFields(Object object) throws IllegalAccessException {
    Map<String, Object> values = new TreeMap<>();
    for (Field field : object.getClass().getFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && sample(field.getType()) != null) {
        values.put(field.getName(), field.get(object));
      }
    }
    return values;
  }
}
