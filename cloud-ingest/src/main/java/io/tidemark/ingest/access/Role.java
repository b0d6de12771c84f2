package io.tidemark.ingest.access;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** What a person or a key may do; each may do what those before it may. */
public enum Role {
  VIEWER(Roles.VIEWER),
  OPERATOR(Roles.OPERATOR),
  ADMIN(Roles.ADMIN);

  private final String word;

  Role(String word) {
    this.word = word;
  }

  /** Its name, as everybody writes it. */
  public String word() {
    return word;
  }

  /** The one with this name. */
  public static Optional<Role> of(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
  }

  /** The names of this one and of those it includes. */
  public Set<String> words() {
    Set<String> words = new LinkedHashSet<>();
    for (Role one : values()) {
      if (one.compareTo(this) <= 0) {
        words.add(one.word);
      }
    }
    return words;
  }
}
