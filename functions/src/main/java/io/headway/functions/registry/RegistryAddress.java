// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/**
 * Where a schema registry is and how to get in. Immutable.
 *
 * @param url root of its API in Confluent's form, without a slash at the end
 * @param client settings of the client, see {@link #of}
 */
public record RegistryAddress(String url, Map<String, String> client) implements Serializable {
  private static final long serialVersionUID = 1;

  private static final String USERNAME = "basic.auth.username";
  private static final String PASSWORD = "basic.auth.password";
  private static final String TOKEN = "bearer.auth.token";

  /** What Kafka's clients call them too. */
  private static final Set<String> SSL =
      Set.of(
          SslConfigs.SSL_PROTOCOL_CONFIG,
          SslConfigs.SSL_PROVIDER_CONFIG,
          SslConfigs.SSL_KEYSTORE_TYPE_CONFIG,
          SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG,
          SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG,
          SslConfigs.SSL_KEYSTORE_KEY_CONFIG,
          SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG,
          SslConfigs.SSL_KEY_PASSWORD_CONFIG,
          SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG,
          SslConfigs.SSL_TRUSTSTORE_LOCATION_CONFIG,
          SslConfigs.SSL_TRUSTSTORE_PASSWORD_CONFIG,
          SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG);

  /** Copies the settings. */
  public RegistryAddress {
    client = Map.copyOf(client);
  }

  /**
   * Checks an address without asking anybody.
   *
   * @param url such as {@code https://registry.example.org:8081}
   * @param client {@code basic.auth.username} and {@code basic.auth.password}, or {@code
   *     bearer.auth.token}; and the {@code ssl.*} settings of Kafka's clients that say whom to
   *     trust and who one is
   * @throws IllegalArgumentException when the address is no such URL, or a setting is unknown or of
   *     no use; says which
   */
  public static RegistryAddress of(String url, Map<String, String> client) {
    RegistryAddress address = new RegistryAddress(checked(url), client);
    Set<String> unknown = new TreeSet<>(client.keySet());
    unknown.removeAll(SSL);
    unknown.removeAll(Set.of(USERNAME, PASSWORD, TOKEN));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "the client has no settings "
              + unknown
              + ", which would do nothing; the settings are "
              + known()
              + ".");
    }
    if (client.containsKey(USERNAME) != client.containsKey(PASSWORD)) {
      throw new IllegalArgumentException(
          "only one of " + USERNAME + " and " + PASSWORD + " is set; set both or none.");
    }
    if (client.containsKey(USERNAME) && client.containsKey(TOKEN)) {
      throw new IllegalArgumentException(
          "both " + USERNAME + " and " + TOKEN + " are set; the registry takes one of them.");
    }
    address.sslContext();
    return address;
  }

  private static Set<String> known() {
    Set<String> known = new TreeSet<>(SSL);
    known.addAll(Set.of(USERNAME, PASSWORD, TOKEN));
    return known;
  }

  private static String checked(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "'" + url + "' is no URL; give one such as http://registry:8081.", e);
    }
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
      throw new IllegalArgumentException(
          "'" + url + "' is no address of a registry; give one such as http://registry:8081.");
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "the URL holds a password, which logs would show; set "
              + USERNAME
              + " and "
              + PASSWORD
              + " instead.");
    }
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /** Value of the Authorization header; null when there is none to send. */
  String authorization() {
    if (client.containsKey(TOKEN)) {
      return "Bearer " + client.get(TOKEN);
    }
    if (!client.containsKey(USERNAME)) {
      return null;
    }
    String user = client.get(USERNAME) + ":" + client.get(PASSWORD);
    return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  /** Whom to trust and who one is; null for what Java trusts. */
  SSLContext sslContext() {
    Map<String, String> ssl = new HashMap<>(client);
    ssl.keySet().retainAll(SSL);
    if (ssl.isEmpty()) {
      return null;
    }
    ConfigDef known = new ConfigDef().withClientSslSupport();
    try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
      factory.configure(new AbstractConfig(known, ssl, false).values());
      return factory.sslContext();
    } catch (KafkaException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new IllegalArgumentException(
          "the ssl.* settings are of no use (" + root.getMessage() + "); correct them.", e);
    }
  }

  /** Without what must stay secret. */
  @Override
  public String toString() {
    return url;
  }
}
