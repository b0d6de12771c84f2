package io.tidemark.deploy;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a person answers: asked for at a terminal; without one, a line of standard input for each
 * question. So no secret has to be on a command line. Used by one thread.
 */
final class Answers {
  private final @Nullable Console console = terminal();
  private final BufferedReader lines =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  @SuppressWarnings("SystemConsoleNull")
  private static @Nullable Console terminal() {
    System.setProperty("jdk.console", "java.base"); // from JDK 22 on there is one without, too
    return System.console();
  }

  /** What was typed, in sight. */
  String plain(String question) throws IOException {
    return given(console == null ? line(question) : console.readLine("%s: ", question), question)
        .strip();
  }

  /** What was typed, out of sight; at a terminal twice, as nobody sees what is typed wrong. */
  String secret(String question) throws IOException {
    String once = given(console == null ? line(question) : typed(question), question);
    if (!once.equals(once.strip())) {
      throw new IOException("it begins or ends with a blank, which is easily lost: " + question);
    }
    if (console != null && !once.equals(typed("The same once more"))) {
      throw new IOException("these were two different ones; begin again");
    }
    return once;
  }

  /** The question is shown all the same: it may be standard output alone that is no terminal. */
  private @Nullable String line(String question) throws IOException {
    System.err.println(question + ":");
    return lines.readLine();
  }

  private String typed(String question) {
    char[] answer = console == null ? null : console.readPassword("%s: ", question);
    return answer == null ? "" : new String(answer);
  }

  private static String given(@Nullable String answer, String question) throws IOException {
    if (answer == null || answer.isBlank()) {
      throw new IOException("nothing was said to: " + question);
    }
    return answer;
  }
}
