package io.tidemark.sim.view;

import java.util.Locale;

/** How numbers are written for people. */
public final class Numbers {
  private static final char NARROW_SPACE = '\u202f';

  private Numbers() {}

  /** {@code 10,214,332}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** The nearest whole number, like {@link #count}. */
  public static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  /** About three digits: {@code 0.25}, {@code 21.4}, {@code 1,013}. */
  public static String about(double value) {
    String form = value < 1 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, form, value);
  }

  /** A round number at an axis: {@code 0.5}, {@code 2,000}, {@code 20 k}, {@code 1.5 M}. */
  public static String round(double value) {
    if (value >= 1e6) {
      return plain(value / 1e6) + NARROW_SPACE + "M";
    }
    return value >= 1e4 ? plain(value / 1e3) + NARROW_SPACE + "k" : plain(value);
  }

  /** Seconds as {@code 2:03} or {@code 1:02:03}. */
  public static String clock(double seconds) {
    long whole = (long) seconds;
    return whole < 3_600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3_600, whole / 60 % 60, whole % 60);
  }

  private static String plain(double value) {
    String text = String.format(Locale.ROOT, "%,.3f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
