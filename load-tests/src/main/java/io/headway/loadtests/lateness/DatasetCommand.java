// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.results.Results;
import io.headway.loadtests.taxi.TaxiFeed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./headway dataset}: makes the data that models are trained and judged on. */
@Command(name = "dataset", description = "Make the data that models are trained and judged on.")
public final class DatasetCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getErr());
  }

  @Command(
      name = "cities",
      description = {
        "What decision requests expected of legs and stops in simulated cities, beside what came.",
        "",
        "The job's own operators run for each city in one thread, so equal options make equal data. Every plan is kept: nothing that is decided is acted upon. Writes requests.csv.gz (a line a leg of KEEP), stops.csv.gz (a line a stop), services.csv.gz (a line a service) and counts.json (what was and was not observed) to the folder. Training takes seeds from 1000 to 1999, choosing those to 2999, judging those to 3999."
      })
  int cities(
      @Option(names = "--cities", required = true, paramLabel = "N", description = "How many.")
          int cities,
      @Option(
              names = "--seed",
              required = true,
              paramLabel = "S",
              description =
                  "Seed of the first city, 1000 to 3999; the next has the next seed, in the same thousand.")
          long seed,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "DIR",
              description = "Folder to write to; made where it is missing.")
          Path folder,
      @Option(
              names = "--vehicles",
              paramLabel = "N",
              description = "Vehicles of every city; by default of each city others, 40 to 300.")
          Integer vehicles,
      @Option(
              names = "--hours",
              defaultValue = "2",
              paramLabel = "H",
              description = "How long a city runs, by its own clock; default ${DEFAULT-VALUE}.")
          double hours,
      @Option(
              names = "--ideal",
              defaultValue = "0",
              paramLabel = "SHARE",
              description =
                  "Share of requests of which the scores of the best forecast that is possible are written, to ideal.csv.gz: 4096 scenarios from the judge's belief, some tenths of a second each; default ${DEFAULT-VALUE}.")
          double idealShare)
      throws IOException, InterruptedException {
    require(
        seed >= LatenessCity.SEED_LEAST && seed <= LatenessCity.SEED_MOST,
        "--seed",
        seed,
        "other seeds than %d to %d are those of the demo, the benchmarks and the judge of decisions, on which nothing may be trained; give 1000 or more for training, 2000 or more for choosing, 3000 to 3999 for judging"
            .formatted(LatenessCity.SEED_LEAST, LatenessCity.SEED_MOST));
    require(
        idealShare >= 0 && idealShare <= 1,
        "--ideal",
        idealShare,
        "it is a share of requests; give 0 to 1");
    require(cities >= 1, "--cities", cities, "with none there is nothing to write; give 1 or more");
    long left = LatenessCity.SEEDS_OF_A_PURPOSE - seed % LatenessCity.SEEDS_OF_A_PURPOSE;
    require(
        cities <= left,
        "--cities",
        cities,
        "with --seed %d its seeds end at %d, and those of training, choosing and judging, a thousand each, must not mix; give --cities 1 to %d, or another --seed"
            .formatted(seed, seed + cities - 1, left));
    LatenessRecords.Forecaster ideal =
        idealShare == 0
            ? null
            : (parameters, roads, feed) -> new IdealForecast(parameters, roads, feed, idealShare);
    ObjectNode counts = provenance();
    ExecutorService pool =
        Executors.newFixedThreadPool(Math.min(cities, Runtime.getRuntime().availableProcessors()));
    try (LatenessFiles files = new LatenessFiles(folder)) {
      Queue<Future<LatenessRecords>> driven = new ArrayDeque<>();
      for (long city = seed; city < seed + cities; city++) {
        CityParameters parameters = parameters(city, vehicles, hours);
        driven.add(pool.submit(() -> LatenessRecords.of(parameters, ideal)));
      }
      // Written in their order, and forgotten then.
      for (long city = seed; city < seed + cities; city++) {
        CityParameters parameters = parameters(city, vehicles, hours);
        counts.withArray("cities").add(write(parameters, driven.remove().get(), files));
      }
    } catch (ExecutionException e) {
      throw new IOException("The data cannot be made: " + e.getCause().getMessage(), e.getCause());
    } finally {
      pool.shutdownNow();
    }
    writeCounts(folder, counts);
    return CommandLine.ExitCode.OK;
  }

  @Command(
      name = "taxis",
      description = {
        "The same of recorded taxis, which are served off the roads; each day is a city of its own, 20080518 for the 18th of May 2008 (UTC).",
        "",
        "A trip is a plan of one stop, from when the passenger gets in. Writes the files of 'dataset cities' to the folder."
      })
  int taxis(
      @Option(
              names = "--data",
              required = true,
              paramLabel = "DIR",
              description = "Folder of the recording's YYYY-MM-DD.csv.gz files.")
          Path data,
      @Option(
              names = "--day",
              required = true,
              paramLabel = "DAY",
              description =
                  "Local date to begin at, such as 2008-05-18; to the end of the recording.")
          LocalDate day,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "DIR",
              description = "Folder to write to; made where it is missing.")
          Path folder)
      throws IOException, InterruptedException {
    ObjectNode counts = provenance();
    try (TaxiFeed feed = TaxiFeed.open(data, TaxiFeed.Options.defaults().startingAt(day, 0));
        LatenessFiles files = new LatenessFiles(folder)) {
      LatenessRecords records = LatenessRecords.of(feed);
      Map<LegFate, Long> fates = new EnumMap<>(LegFate.class);
      records.realise(
          plan ->
              files
                  .write(utcDay(plan.plan().requestedAtMs()), plan, records.endMs())
                  .forEach((fate, count) -> fates.merge(fate, count, Long::sum)));
      ObjectNode legs = counts.putObject("legs");
      fates.forEach((fate, count) -> legs.put(fate.name().toLowerCase(Locale.ROOT), count));
      spec.commandLine().getOut().printf(Locale.ROOT, "legs %s%n", legs);
    } catch (IOException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("The data cannot be made: " + e.getMessage(), e);
    }
    writeCounts(folder, counts);
    return CommandLine.ExitCode.OK;
  }

  private static long utcDay(long ms) {
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC);
    return 10_000L * day.getYear() + 100L * day.getMonthValue() + day.getDayOfMonth();
  }

  private ObjectNode provenance() {
    return Results.provenance(
        "./headway " + String.join(" ", spec.commandLine().getParseResult().originalArgs()),
        Instant.now());
  }

  private static void writeCounts(Path folder, ObjectNode counts) throws IOException {
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve("counts.json").toFile(), counts);
  }

  private static CityParameters parameters(long city, Integer vehicles, double hours) {
    return vehicles == null ? LatenessCity.of(city, hours) : LatenessCity.of(city, vehicles, hours);
  }

  private ObjectNode write(
      CityParameters parameters, LatenessRecords records, LatenessFiles files) {
    long endMs = parameters.startMs() + Math.round(parameters.get(Knob.DURATION_H) * 3_600_000);
    Map<LegFate, Long> fates = new EnumMap<>(LegFate.class);
    long[] requests = new long[1];
    records.realise(
        plan -> {
          requests[0]++;
          files
              .write(parameters.seed(), plan, endMs)
              .forEach((fate, count) -> fates.merge(fate, count, Long::sum));
        });
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("seed", parameters.seed());
    json.put("start", Instant.ofEpochMilli(parameters.startMs()).toString());
    ObjectNode knobs = json.putObject("knobs");
    for (Knob knob : Knob.values()) {
      if (parameters.get(knob) != knob.defaultValue()) {
        knobs.put(knob.name().toLowerCase(Locale.ROOT), parameters.get(knob));
      }
    }
    json.put("requests", requests[0]);
    ObjectNode legs = json.putObject("legs");
    fates.forEach((fate, count) -> legs.put(fate.name().toLowerCase(Locale.ROOT), count));
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT, "city %d: %,d requests, legs %s%n", parameters.seed(), requests[0], legs);
    out.flush();
    return json;
  }

  private void require(boolean holds, String option, Object value, String remedy) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), option + " " + value + " cannot be used: " + remedy + ".");
    }
  }
}
