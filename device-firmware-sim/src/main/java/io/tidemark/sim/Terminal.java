package io.tidemark.sim;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person is looking. */
final class Terminal {
  private Terminal() {}

  /** True if the standard error is a terminal. */
  static boolean isOne() {
    String told = System.getProperty("tidemark.terminal");
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException e) {
      return isConsole(); // not Linux
    }
  }

  /** True if input and output are a terminal; the error then most likely is too. */
  private static boolean isConsole() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From Java 22 on there always is a console, and it says itself whether it is a terminal.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
