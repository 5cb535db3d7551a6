// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.functions.registry.RegistryAddress;
import io.headway.functions.registry.SchemaRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that say where the schema registry is. */
final class RegistryOptions {
  @Option(
      names = "--registry-url",
      paramLabel = "URL",
      description = "The job's headway.registry.url, to read what is in Confluent's format.")
  String url;

  @Option(
      names = "--registry-client",
      paramLabel = "KEY=VALUE",
      description = "The job's headway.registry.client.KEY, such as bearer.auth.token=...")
  Map<String, String> client = new LinkedHashMap<>();

  /** The registry; null when none is given. */
  SchemaRegistry registry() throws CannotDo {
    if (url == null && client.isEmpty()) {
      return null;
    }
    if (url == null) {
      throw new CannotDo("--registry-client is given without --registry-url; give both.");
    }
    try {
      return new SchemaRegistry(RegistryAddress.of(url, client));
    } catch (IllegalArgumentException e) {
      throw new CannotDo("--registry-url and --registry-client: " + e.getMessage());
    }
  }
}
