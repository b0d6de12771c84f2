package io.tidemark.deploy.doctor;

/** Sizes for people. */
final class Bytes {
  private static final double STEP = 1024;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Bytes() {}

  static String of(long bytes) {
    double rest = bytes;
    int unit = 0;
    while (rest >= STEP && unit < UNITS.length - 1) {
      rest /= STEP;
      unit++;
    }
    return unit == 0 ? bytes + " B" : "%.1f %s".formatted(rest, UNITS[unit]);
  }
}
