package io.tidemark.deploy;

import io.tidemark.deploy.backup.BackupException;
import io.tidemark.deploy.backup.Progress;
import io.tidemark.deploy.backup.Restore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark restore}. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description =
        "Checks a backup, and puts it into an empty data folder. Run it where ingest is to start,"
            + " as the user that it runs as.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark restore --from /backup/2026-11-27 --data /var/lib/tidemark-ingest",
      "",
      "Nothing is overwritten. Then start ingest, and ./tidemark ledger rebuild. What came in since the backup, and",
      "is at no gateway any more, is missing; the ledger names it as soon as its device sends again.",
      "",
      "Exit codes: 0 done; 2 not done, and why; 64 usage."
    })
final class RestoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--from", required = true, paramLabel = "DIR", description = "The backup.")
  private Path from = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Ingest's data folder, its tidemark.data.dir; empty, or not there.")
  private Path data = Path.of("");

  @Option(
      names = "--identity",
      paramLabel = "DIR",
      description = "Its tidemark.identity.dir. Default: identity in the data folder.")
  private @Nullable Path identity;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    try {
      Path keys = identity == null ? data.resolve("identity") : identity;
      List<String> elsewhere = new Restore(from, data, keys, new Progress(err::println)).run();
      out.println("Restored into " + data + ".");
      elsewhere.forEach(
          what -> out.println("Not in the backup, to be restored by itself: " + what + "."));
      out.println("Start ingest, then: ./tidemark ledger rebuild");
      out.flush();
      return Tidemark.CLEAN;
    } catch (BackupException | IOException e) {
      err.println("Not done: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
  }
}
