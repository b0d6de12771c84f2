import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Copies SQLite's jar for the agent's package, without what only systems other than Debian load: that is half of the
 * package. The same bytes each time. Usage: java LinuxOnly.java LIBRARIES TARGET, both folders.
 */
final class LinuxOnly {
  private static final String NATIVES = "org/sqlite/native/";
  private static final String KEPT = NATIVES + "Linux/";

  public static void main(String[] arguments) throws IOException {
    Path target = Files.createDirectories(Path.of(arguments[1]));
    try (DirectoryStream<Path> before = Files.newDirectoryStream(target)) {
      for (Path file : before) {
        Files.delete(file);
      }
    }
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(arguments[0]), "sqlite-jdbc-*.jar")) {
      for (Path jar : jars) {
        copy(jar, target.resolve(jar.getFileName()));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    int natives = 0;
    try (InputStream in = Files.newInputStream(from);
        ZipInputStream jar = new ZipInputStream(in);
        OutputStream out = Files.newOutputStream(to);
        ZipOutputStream copy = new ZipOutputStream(out)) {
      for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
        String name = entry.getName();
        if (name.startsWith(NATIVES) && !name.startsWith(KEPT)) {
          continue;
        }
        ZipEntry same = new ZipEntry(name);
        same.setTimeLocal(entry.getTimeLocal()); // whatever the time zone
        copy.putNextEntry(same);
        jar.transferTo(copy);
        copy.closeEntry();
        if (name.startsWith(KEPT) && !entry.isDirectory()) {
          natives++;
        }
      }
    }
    if (natives == 0) {
      throw new IOException(from + " has nothing in " + KEPT + ": is SQLite's driver laid out in another way?");
    }
  }
}
