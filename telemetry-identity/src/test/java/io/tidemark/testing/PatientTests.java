package io.tidemark.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Has tests wait longer for what they await than Awaitility would by itself: on a machine that is
 * shared, a process may not get on for a good many seconds. In every module that has this, whatever
 * class is the first; but not in tests that Quarkus loads, as it loads Awaitility anew.
 */
public final class PatientTests implements LauncherSessionListener {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Awaitility.setDefaultTimeout(PATIENCE);
  }
}
