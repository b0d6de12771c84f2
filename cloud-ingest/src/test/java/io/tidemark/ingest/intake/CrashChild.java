package io.tidemark.ingest.intake;

import io.tidemark.ingest.storage.embedded.EmbeddedStore;
import java.nio.file.Path;

/** Run in a process of its own: sends one batch and dies at a moment. Arguments: folder, moment. */
final class CrashChild {
  static final int READINGS = 30;
  static final int EXIT = 99;

  private CrashChild() {}

  public static void main(String[] args) throws Exception {
    CrashPoint.Moment moment = CrashPoint.Moment.valueOf(args[1]);
    Path folder = Path.of(args[0]);
    Rig rig =
        new Rig(
            folder,
            new EmbeddedStore(folder.resolve("store"), 50, 10),
            Intake.QUEUE_MAX_BYTES,
            1_000,
            reached -> {
              if (reached == moment) {
                Runtime.getRuntime().halt(EXIT);
              }
            });
    rig.send(Rig.request("d", Rig.batch("d", 0, Rig.readings(0, READINGS))));
    Runtime.getRuntime().halt(1);
  }
}
