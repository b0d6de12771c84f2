package io.tidemark.deploy.sbom;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The licences of all that is shipped, as CycloneDX bills of materials have them, one of each
 * module. Used by one thread.
 */
public final class Licences {
  /**
   * What we take: whoever passes Tidemark on may do so unchanged with each. As bills name them,
   * which is by SPDX's short names where those know the licence.
   */
  public static final Set<String> TAKEN =
      Set.of(
          "Apache-2.0",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "Bouncy Castle Licence",
          "CC0-1.0",
          "EPL-1.0",
          "EPL-2.0",
          "MIT",
          "MIT-0");

  private static final String OURS = "io.tidemark";
  private static final String SUFFIX = ".cdx.json";
  private static final String HEAD =
      """
      # Licences

      What is shipped with each module, and under which licences. Where there are several, one may choose. `./tidemark sbom` writes this
      page; a test compares it with the libraries that were built. Versions, hashes and sources are in the bills of materials.

      | component | licences | in |
      |---|---|---|
      """;

  private final Map<String, Set<String>> licences = new TreeMap<>();
  private final Map<String, Set<String>> modules = new TreeMap<>();

  private Licences() {}

  /**
   * Reads the bills in a folder.
   *
   * @throws IOException if there is none, or one cannot be read
   */
  public static Licences of(Path folder) throws IOException {
    Licences all = new Licences();
    List<Path> bills;
    try (Stream<Path> files = Files.list(folder)) {
      bills = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
    if (bills.isEmpty()) {
      throw new IOException("there is no bill of materials (*" + SUFFIX + ") in " + folder);
    }
    for (Path bill : bills) {
      String name = String.valueOf(bill.getFileName());
      all.read(
          name.substring(0, name.length() - SUFFIX.length()),
          new ObjectMapper().readTree(Files.readString(bill)));
    }
    return all;
  }

  private void read(String module, JsonNode bill) {
    for (JsonNode component : bill.path("components")) {
      String group = component.path("group").asText();
      if (group.equals(OURS)) {
        continue;
      }
      String name = (group.isEmpty() ? "" : group + ":") + component.path("name").asText();
      modules.computeIfAbsent(name, none -> new TreeSet<>()).add(module);
      Set<String> its = licences.computeIfAbsent(name, none -> new TreeSet<>());
      for (JsonNode licence : component.path("licenses")) {
        String id = licence.path("license").path("id").asText();
        String words = licence.path("license").path("name").asText();
        its.add(licence.path("expression").asText(id.isEmpty() ? words : id));
      }
    }
  }

  /** Components that have no licence we take, a line each; empty if all have. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    licences.forEach(
        (name, its) -> {
          if (its.stream().noneMatch(TAKEN::contains)) {
            problems.add(
                "%s, in %s, has %s"
                    .formatted(
                        name,
                        String.join(", ", modules.getOrDefault(name, Set.of())),
                        its.isEmpty() ? "no licence" : String.join(", ", its)));
          }
        });
    return problems;
  }

  /** How many components there are. */
  public int size() {
    return licences.size();
  }

  /** All of it as a page. */
  public String page() {
    StringBuilder page = new StringBuilder(HEAD);
    licences.forEach(
        (name, its) ->
            page.append(
                "| %s | %s | %s |\n"
                    .formatted(
                        name,
                        String.join(", ", its),
                        String.join(", ", modules.getOrDefault(name, Set.of())))));
    return page.toString();
  }
}
