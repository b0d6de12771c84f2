package io.tidemark.deploy;

import io.tidemark.deploy.sbom.Licences;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidemark sbom}: looks at the bills of materials that the launcher has had made. */
@Command(
    name = "sbom",
    mixinStandardHelpOptions = true,
    description =
        "Makes a CycloneDX bill of materials of each module (target/sbom/MODULE.cdx.json; the"
            + " dashboards' npm packages are in cloud-ingest's), writes docs/licences.md, and"
            + " checks that every component has a licence we take.",
    footer = {
      "",
      "Examples:",
      "  ./tidemark sbom",
      "  jq '.components | length' target/sbom/gateway.cdx.json",
      "",
      "Exit codes: 0 all licences are taken, 1 some are not, 2 could not check, 64 usage."
    })
final class SbomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--bills",
      paramLabel = "FOLDER",
      defaultValue = "target/sbom",
      description = "Where the bills are. Default: ${DEFAULT-VALUE}.")
  private Path bills = Path.of("");

  @Option(
      names = "--page",
      paramLabel = "FILE",
      defaultValue = "docs/licences.md",
      description = "The page to write. Default: ${DEFAULT-VALUE}.")
  private Path page = Path.of("");

  @Override
  public Integer call() throws IOException {
    Licences licences = Licences.of(bills);
    Files.writeString(page, licences.page());
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "%d components; their bills are in %s, their licences in %s"
            .formatted(licences.size(), bills, page));
    List<String> problems = licences.problems();
    problems.forEach(spec.commandLine().getErr()::println);
    if (!problems.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("Taken are: " + String.join(", ", Licences.TAKEN.stream().sorted().toList()));
    }
    return problems.isEmpty() ? Tidemark.CLEAN : Tidemark.UNCLEAN;
  }
}
