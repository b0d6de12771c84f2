package io.tidemark.wire;

/** The character rules for names on the wire. */
public final class Names {
  /**
   * The device of which the readings of {@code ./tidemark doctor} are. It says nothing between two
   * runs, which is not silence.
   */
  public static final String DOCTOR = "tidemark-doctor";

  private static final int DEVICE_MAX_LENGTH = 128;
  private static final int NAME_MAX_LENGTH = 64;
  private static final int QUOTED_MAX_LENGTH = 80;
  private static final boolean[] NAME_CHARACTERS = nameCharacters();

  private Names() {}

  /** True if {@code text} can name a device: {@code [A-Za-z0-9._:-]{1,128}}. */
  public static boolean isDevice(String text) {
    if (text.isEmpty() || text.length() > DEVICE_MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isNameCharacter(c) && c != ':') {
        return false;
      }
    }
    return true;
  }

  /** True if {@code text} can name a sensor, a kind or a metric: {@code [A-Za-z0-9_.-]{1,64}}. */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > NAME_MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (!isNameCharacter(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns {@code device}.
   *
   * @throws IllegalArgumentException if it cannot name a device
   */
  static String requireDevice(String device) {
    if (!isDevice(device)) {
      throw new IllegalArgumentException(
          "device must be 1 to 128 of A-Z a-z 0-9 . _ : -, but is " + quoted(device));
    }
    return device;
  }

  /**
   * Returns {@code name}.
   *
   * @throws IllegalArgumentException if it cannot name a {@code what} (sensor, kind, metric)
   */
  static String requireName(String what, String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          what + " must be 1 to 64 of A-Z a-z 0-9 _ . -, but is " + quoted(name));
    }
    return name;
  }

  /** The text cut to a length fit for a message, without control characters. */
  static String quoted(String text) {
    return '"' + shown(text, QUOTED_MAX_LENGTH) + '"';
  }

  /** A stranger's text cut to so many characters, without control characters: for a message. */
  public static String shown(String text, int maxLength) {
    String cut = text.length() <= maxLength ? text : text.substring(0, maxLength) + "...";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  private static boolean isNameCharacter(char c) {
    return c < NAME_CHARACTERS.length && NAME_CHARACTERS[c];
  }

  /** A table: names are looked at for every reading. */
  private static boolean[] nameCharacters() {
    boolean[] table = new boolean[128];
    for (char c = 0; c < table.length; c++) {
      table[c] =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '_'
              || c == '-';
    }
    return table;
  }
}
