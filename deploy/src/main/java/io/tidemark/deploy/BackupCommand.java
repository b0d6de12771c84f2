package io.tidemark.deploy;

import io.tidemark.deploy.backup.Backup;
import io.tidemark.deploy.backup.BackupException;
import io.tidemark.deploy.backup.Progress;
import io.tidemark.deploy.pipeline.Http;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark backup}. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description =
        "Backs up what a running ingest keeps itself: SQLite, the embedded store, and its authority."
            + " Run it on ingest's machine, as the user that ingest runs as.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark backup --data /var/lib/tidemark-ingest --to /backup/2026-11-27 \\",
      "    --api https://localhost:8443 --authority /var/lib/tidemark-ingest/identity/root.pem --api-key-file key.txt",
      "",
      "Ingest writes no rows while it copies them, and gateways keep them meanwhile. The key is an administrator's.",
      "Secrets are in a backup: keep it where ingest's data folder might be kept. How everything else is backed up",
      "(PostgreSQL, InfluxDB, gateways, agents), and what is lost since: docs/backup.md.",
      "",
      "Exit codes: 0 done; 2 not done, and why; 64 usage."
    })
final class BackupCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Without a byte more: a slow disk is not an error, one that does nothing is. */
  private static final Duration COPY_PATIENCE = Duration.ofMinutes(5);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "Where the backup is to be; empty, or not there.")
  private Path to = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Ingest's data folder, its tidemark.data.dir.")
  private Path data = Path.of("");

  @Option(
      names = "--identity",
      paramLabel = "DIR",
      description = "Its tidemark.identity.dir. Default: identity in the data folder.")
  private @Nullable Path identity;

  @Option(
      names = "--api",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "Where ingest is. Default: ${DEFAULT-VALUE}.")
  private String api = "";

  @Mixin private ApiKeyOption apiKey = new ApiKeyOption();

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter out = spec.commandLine().getOut();
    try {
      Http http = new Http().with(apiKey.key(System.getenv()), apiKey.tls()).patient(PATIENCE);
      Path keys = identity == null ? data.resolve("identity") : identity;
      Progress progress = new Progress(err::println);
      Backup.Made made = new Backup(data, keys, to, api, http, COPY_PATIENCE, progress).make();
      out.printf(
          "Backed up into %s: %,d files, %,d bytes. Ingest wrote no rows for %,d ms.%n",
          to, made.files(), made.bytes(), made.pausedMillis());
      made.elsewhere()
          .forEach(what -> out.println("Not in it, to be backed up by itself: " + what + "."));
      out.flush();
      return Tidemark.CLEAN;
    } catch (BackupException | IOException | IllegalArgumentException e) {
      err.println("Not done: " + e.getMessage());
      return Tidemark.UNKNOWN;
    }
  }
}
