package io.tidemark.sim.verify;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The verifier could not do its work, and so knows nothing: neither clean nor unclean. */
public final class CannotCheckException extends IOException {
  private static final long serialVersionUID = 1L;

  CannotCheckException(String why, @Nullable Throwable cause) {
    super(why, cause);
  }
}
