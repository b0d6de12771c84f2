package io.tidemark.deploy.setup;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What waiting does not mend; the message says what does. */
final class FinalException extends IOException {
  private static final long serialVersionUID = 1;

  FinalException(@Nullable String message, @Nullable Exception cause) {
    super(message, cause);
  }
}
