// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryAddressTest {

  @Test
  void whatIsNoAddressIsRefused() {
    assertRefused("registry:8081", Map.of(), "no address of a registry");
    assertRefused("http://a b", Map.of(), "no URL");
    assertRefused("http://u:secret@registry", Map.of(), "the URL holds a password");
    assertRefused("http://registry?x=1", Map.of(), "no address of a registry");
  }

  @Test
  void settingsThatDoNothingAreRefused() {
    assertRefused(
        "http://registry",
        Map.of("basic.auth.user.info", "a:b"),
        "no settings [basic.auth.user.info]");
    assertRefused("http://registry", Map.of("basic.auth.username", "a"), "set both or none");
    assertRefused(
        "http://registry",
        Map.of("basic.auth.username", "a", "basic.auth.password", "b", "bearer.auth.token", "c"),
        "takes one of them");
    assertRefused(
        "https://registry",
        Map.of("ssl.truststore.location", "nowhere.jks", "ssl.truststore.password", "changeit"),
        "nowhere.jks");
  }

  @Test
  void itTravelsToTheTaskManagerAndKeepsItsSecret() throws Exception {
    RegistryAddress address =
        RegistryAddress.of("https://registry/", Map.of("bearer.auth.token", "hush"));

    assertThat(InstantiationUtil.clone(address)).isEqualTo(address);
    assertThat(address).hasToString("https://registry");
  }

  @Test
  void aRegistryIsTrustedByItsCertificateOnly(@TempDir Path folder) throws Exception {
    Path store = keyStore(folder);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(serverContext(store)));
    try (FakeRegistry fake = FakeRegistry.on(server)) {
      fake.knows(1, Telemetry.getClassSchema().toString());
      String url = fake.url().replace("http:", "https:");

      SchemaRegistry trusting =
          new SchemaRegistry(
              RegistryAddress.of(
                  url,
                  Map.of(
                      "ssl.truststore.location", store.toString(),
                      "ssl.truststore.password", "changeit",
                      "ssl.truststore.type", "PKCS12")));
      assertThat(trusting.schema(1)).isEqualTo(Telemetry.getClassSchema());

      SchemaRegistry distrusting = new SchemaRegistry(RegistryAddress.of(url, Map.of()));
      assertThatThrownBy(() -> distrusting.schema(1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("PKIX");
    }
  }

  private static Path keyStore(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "registry",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    return store;
  }

  private static SSLContext serverContext(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void assertRefused(String url, Map<String, String> client, String why) {
    assertThatThrownBy(() -> RegistryAddress.of(url, client))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("secret");
  }
}
