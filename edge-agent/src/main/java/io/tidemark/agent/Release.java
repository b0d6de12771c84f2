package io.tidemark.agent;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** Which release of the agent this is. */
final class Release implements IVersionProvider {
  /** As its jar says, such as {@code 0.1.0}; {@code unpacked} where there is no jar. */
  static String version() {
    @Nullable String version = Release.class.getPackage().getImplementationVersion();
    return version == null ? "unpacked" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"Tidemark edge agent " + version()};
  }
}
