// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows between modules run one way: jobs, functions, then kernels and schemas. */
@AnalyzeClasses(packages = "io.headway", importOptions = DoNotIncludeTests.class)
class LayersTest {

  @ArchTest
  static final ArchRule arrowsRunOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("jobs")
          .definedBy("io.headway.jobs..")
          .layer("functions")
          .definedBy("io.headway.functions..")
          .layer("kernels")
          .definedBy("io.headway.kernels..")
          .layer("schemas")
          .definedBy("io.headway.schemas..")
          .whereLayer("jobs")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("functions")
          .mayOnlyBeAccessedByLayers("jobs")
          .whereLayer("kernels")
          .mayOnlyBeAccessedByLayers("jobs", "functions")
          .whereLayer("schemas")
          .mayOnlyBeAccessedByLayers("jobs", "functions");

  @ArchTest
  static final ArchRule aKernelKnowsNothingOfFlinkOrOfContracts =
      noClasses()
          .that()
          .resideInAPackage("io.headway.kernels..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache..", "io.headway.schemas..", "io.headway.functions..");

  @ArchTest
  static final ArchRule theInferenceEngineKnowsNothingOfFlink =
      noClasses()
          .that()
          .resideInAPackage("io.headway.functions.inference")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.flink..", "io.headway.functions.memory..", "io.headway.schemas..");

  @ArchTest
  static final ArchRule vectorsOfFlinkMlDoNotTravel =
      noFields()
          .that()
          .areDeclaredInClassesThat()
          .resideOutsideOfPackage("io.headway.functions.inference.servable")
          .should()
          .haveRawType(resideInAPackage("org.apache.flink.ml.."))
          .because("its type information does not work with Flink 2");

  @ArchTest
  static final ArchRule contractsKnowNothing =
      noClasses()
          .that()
          .resideInAPackage("io.headway.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink..", "org.apache.kafka..", "io.headway.functions..");

  @ArchTest
  static final ArchRule aFunctionNeverBuildsATopology =
      noClasses()
          .that()
          .resideInAPackage("io.headway.functions..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName(
              "org.apache.flink.streaming.api.environment.StreamExecutionEnvironment");

  @ArchTest
  static final ArchRule onlyTheClockReadsTheWallClock =
      noClasses()
          .that()
          .resideInAPackage("io.headway..")
          .and()
          .doNotHaveSimpleName("StreamClock")
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");
}
