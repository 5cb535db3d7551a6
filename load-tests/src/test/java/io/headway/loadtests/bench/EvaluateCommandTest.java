// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class EvaluateCommandTest {
  @TempDir private Path results;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "decisions --policy keep,usual,keep | --policy names keep more than once",
        "decisions --ask usual,ideal-64,ideal-64 | --ask names ideal-64 more than once",
        "decisions --policy nobody | nobody",
        "decisions --seed 99999 | --seed is 99999",
        "decisions --seeds 1 | --seeds is 1",
        "decisions --share 1.5 | --share 1.5",
        "decisions --share NaN | --share NaN",
        "decisions --futures 255 | --futures 255",
        "decisions --cities elsewhere | elsewhere",
        "decisions --cities recorded | --cities is recorded and --data null",
        "decisions --cities shifted --data taxis | --cities is shifted and --data taxis",
        "decisions --data taxis | --cities is new-seeds and --data taxis",
        "scenario --cities 1 | --cities is 1",
        "scenario --seed 2999 | --seed 2999",
        "scenario --seed 3990 --cities 11 | --seed 3990",
        "adaptivity --paced 19 | --paced 19",
        "judge --cities 159 | --cities is 159",
        "judge --seed 49999 | --seed is 49999 and --cities 400",
        "judge --seed 99601 | give seeds from 50000 to 99999",
        "judge --seed 9223372036854775807 | give seeds from 50000 to 99999"
      })
  void whatCannotBeUsedIsRefusedByName(String arguments, String said) {
    StringWriter err = new StringWriter();

    assertThat(run(arguments, err)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(said);
    assertThat(results).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "decisions --roads nowhere.roads | nowhere.roads does not exist",
        "decisions --cities recorded --data nowhere | nowhere"
      })
  void aFileThatIsNotThereIsNamed(String arguments, String said) {
    StringWriter err = new StringWriter();

    assertThat(run(arguments, err)).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(err.toString()).contains(said);
    assertThat(results).isEmptyDirectory();
  }

  private int run(String arguments, StringWriter err) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments.split(" ")));
    all.add("--results=" + results);
    return new CommandLine(new EvaluateCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }
}
