package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.Installation;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * The pictures in {@code docs/images} that the tests of the pages make: the screenshots of these
 * names. With the system property {@value #FOLDER} they are written to that folder, seen from the
 * project's; without it nothing is. Used by one thread.
 */
final class DocPictures {
  static final String FOLDER = "pictures.to";

  /** Bytes of one; GitHub's readers and the repository's size both mind. */
  static final int MAX_BYTES = 200 * 1024;

  static final Set<String> NAMES =
      Set.of(
          "fleet-light.png",
          "device-dark.png",
          "device-gap-light.png",
          "compare-light.png",
          "gateways-light.png",
          "quarantine-light.png",
          "quarantine-item-dark.png",
          "alerts-light.png");

  private final Set<String> missing = new TreeSet<>(NAMES);

  /** Tells of a screenshot; it is written to the documents' folder if it is one of theirs. */
  void taken(Path screenshot) {
    String name = String.valueOf(screenshot.getFileName());
    if (missing.remove(name) && System.getProperty(FOLDER) != null) {
      Path folder = Installation.find().home().resolve(System.getProperty(FOLDER));
      try {
        write(screenshot, Files.createDirectories(folder).resolve(name));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Those that no test has made yet. */
  Set<String> missing() {
    return missing;
  }

  /** Writes the same picture as small as PNG allows without losing anything. */
  private static void write(Path screenshot, Path to) throws IOException {
    BufferedImage read = ImageIO.read(screenshot.toFile());
    BufferedImage opaque =
        new BufferedImage(read.getWidth(), read.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = opaque.createGraphics();
    graphics.drawImage(read, 0, 0, null);
    graphics.dispose();
    Files.deleteIfExists(to);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(to.toFile())) {
      ImageWriteParam smallest = writer.getDefaultWriteParam();
      smallest.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      smallest.setCompressionQuality(0);
      writer.setOutput(out);
      writer.write(null, new IIOImage(opaque, null, null), smallest);
    } finally {
      writer.dispose();
    }
    if (Files.size(to) > MAX_BYTES) {
      throw new IOException(
          "%s has %,d bytes, more than %,d: show less in it"
              .formatted(to, Files.size(to), MAX_BYTES));
    }
  }
}
