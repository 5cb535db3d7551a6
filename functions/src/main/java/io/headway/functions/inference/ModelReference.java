// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Which model: its name and version for people, where its file is, and what the file must be.
 *
 * @param name letters, digits, {@code .}, {@code _} and {@code -}
 * @param version positive
 * @param uri where the {@code *.onnx} file is
 * @param sha256 of the file, 64 lower-case hexadecimal digits
 */
public record ModelReference(String name, int version, String uri, String sha256)
    implements Serializable {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * @throws IllegalArgumentException naming the part that cannot be
   */
  public ModelReference {
    require(isName(name), "name", name, "1 to 100 letters, digits, '.', '_' or '-'");
    require(version > 0, "version", version, "positive");
    require(!uri.isBlank(), "address", uri, "that of an ONNX file");
    require(
        SHA256.matcher(sha256).matches(),
        "SHA-256",
        sha256,
        "64 lower-case hexadecimal digits, as sha256sum prints them");
  }

  /** Whether a model can have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The reference of a file that is at hand. */
  public static ModelReference of(String name, int version, String uri, byte[] onnx) {
    return new ModelReference(name, version, uri, sha256(onnx));
  }

  /**
   * @throws ModelException when the bytes are not those of the file that is meant
   */
  public void verify(byte[] onnx) throws ModelException {
    String came = sha256(onnx);
    if (!came.equals(sha256)) {
      throw new ModelException(
          "The file of model %s at %s has the SHA-256 %s and not %s, so it is not what was released and is not loaded; put the right file there, or name the one that is there, in a release as another version."
              .formatted(this, uri, came, sha256));
    }
  }

  /** Name and version, as in {@code lateness:3}. */
  @Override
  public String toString() {
    return name + ":" + version;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  private static void require(boolean holds, String what, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "The %s of a model is '%s', so it cannot be loaded; it must be %s."
              .formatted(what, value, allowed));
    }
  }
}
