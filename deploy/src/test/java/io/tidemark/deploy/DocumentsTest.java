package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.pipeline.Installation;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What documents name is there, and pictures are of what the pages look like. */
class DocumentsTest {
  private static final Path HOME = Installation.find().home();
  private static final Path IMAGES = HOME.resolve("docs/images");
  private static final Pattern LINK = Pattern.compile("(!?)\\[[^\\]]*]\\(([^)#\\s]+)[^)]*\\)");

  /** Made by hand: the simulator's report of a run, which is no page of theirs, and a drawing. */
  private static final Set<String> OF_OTHERS = Set.of("sim-report-light.png", "wires.svg");

  private static final int DEPTH = 3;

  private record Link(Path document, boolean picture, Path target) {}

  private static List<Link> links() throws IOException {
    List<Path> documents = new ArrayList<>();
    // What is not ours is not looked into: other tests delete there while this one reads.
    Files.walkFileTree(
        HOME,
        Set.of(),
        DEPTH,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return isOurs(folder) ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              documents.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    List<Link> links = new ArrayList<>();
    for (Path document : documents) {
      for (MatchResult found : LINK.matcher(Files.readString(document)).results().toList()) {
        if (!found.group(2).contains("://")) {
          Path target = document.resolveSibling(found.group(2)).normalize();
          links.add(new Link(document, !found.group(1).isEmpty(), target));
        }
      }
    }
    return links;
  }

  private static boolean isOurs(Path file) {
    String path = HOME.relativize(file).toString();
    return !path.contains("target") && !path.startsWith("data");
  }

  @Test
  void whatDocumentsNameIsThere() throws IOException {
    assertThat(links())
        .hasSizeGreaterThan(30)
        .allSatisfy(link -> assertThat(link.target()).exists());
  }

  @Test
  void everyPictureIsNamedSomewhereAndMadeByATestOrByHand() throws IOException {
    Set<String> named = new TreeSet<>();
    for (Link link : links()) {
      if (link.picture()) {
        assertThat(link.target().getParent()).as(link.toString()).isEqualTo(IMAGES);
        named.add(String.valueOf(link.target().getFileName()));
      }
    }
    Set<String> made = new TreeSet<>(DocPictures.NAMES);
    made.addAll(OF_OTHERS);
    assertThat(named).as("named in documents, and made").isEqualTo(made);
    try (Stream<Path> files = Files.list(IMAGES)) {
      assertThat(files)
          .allSatisfy(
              file ->
                  assertThat(Files.size(file))
                      .as("%s", file)
                      .isLessThanOrEqualTo(DocPictures.MAX_BYTES))
          .extracting(file -> String.valueOf(file.getFileName()))
          .containsExactlyInAnyOrderElementsOf(made);
    }
  }
}
