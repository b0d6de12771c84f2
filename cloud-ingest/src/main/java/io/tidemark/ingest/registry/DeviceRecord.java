package io.tidemark.ingest.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What people say of one device. Nothing in it changes what the device is: that is its id, which
 * never changes.
 *
 * @param name what it is called; empty if only by its id
 * @param site where it belongs: a plant, a house, a ship
 * @param location where it stands there
 * @param deviceClass what sort of device it is
 * @param notes whatever else there is to say; may have several lines
 * @param labels words to find and group devices by, sorted
 */
public record DeviceRecord(
    String name,
    String site,
    String location,
    @JsonProperty("class") String deviceClass,
    String notes,
    SortedSet<String> labels) {

  /** Of which nobody has said anything. */
  public static final DeviceRecord EMPTY = new DeviceRecord("", "", "", "", "", new TreeSet<>());

  /** Most characters of a name and of a location. */
  public static final int NAME_MAX_CHARS = 128;

  /** Most characters of a site, a class and a label. */
  public static final int WORD_MAX_CHARS = 64;

  /** Most characters of the notes. */
  public static final int NOTES_MAX_CHARS = 4_000;

  /** Most labels of a device. */
  public static final int LABELS_MAX = 16;

  /** What it says, in the order in which it is searched. */
  public List<String> words() {
    return List.of(name, site, location, deviceClass, String.join(" ", labels), notes);
  }
}
