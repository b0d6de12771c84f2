package io.tidemark.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where an enrolment token comes from. */
final class TokenSource {
  private static final int TOKEN_FILE_MAX_BYTES = 8192;

  private TokenSource() {}

  /** One of them. */
  static final class Given {
    @Option(names = "--token", paramLabel = "TOKEN", description = "The enrolment token.")
    private @Nullable String token;

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The file it is in; - for standard input.")
    private @Nullable String file;

    /**
     * The token.
     *
     * @throws IOException if its file cannot be read
     */
    String word() throws IOException {
      if (token != null) {
        return token;
      }
      String named = String.valueOf(file);
      try (var in = named.equals("-") ? System.in : Files.newInputStream(Path.of(named))) {
        return new String(in.readNBytes(TOKEN_FILE_MAX_BYTES), StandardCharsets.US_ASCII);
      } catch (IOException e) {
        throw new IOException("the token cannot be read from %s (%s)".formatted(named, e), e);
      }
    }
  }
}
