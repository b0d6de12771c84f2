package io.tidemark.agent.config;

import java.util.List;

/** The configuration cannot be used; all that is wrong with it, a line each. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean unreadable;

  ConfigException(List<String> problems, boolean unreadable) {
    super(String.join(System.lineSeparator(), problems));
    this.unreadable = unreadable;
  }

  /** True if the file could not even be read. */
  public boolean isUnreadable() {
    return unreadable;
  }
}
