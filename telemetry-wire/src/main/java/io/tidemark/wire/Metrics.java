package io.tidemark.wire;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The values of a reading, in the order given: an unmodifiable map in two arrays, a sixth of what a
 * linked hash map takes. There are few, so they are searched one by one.
 */
final class Metrics extends AbstractMap<String, Value> {
  private static final int START = 8;

  private String[] names;
  private @Nullable Value[] values;
  private int size;

  /** None yet; filled by {@link #add} before anybody else sees it. */
  Metrics(int expected) {
    int capacity = Math.min(Math.max(1, expected), START);
    names = new String[capacity];
    values = new Value[capacity];
  }

  /**
   * The same values, which nobody can change.
   *
   * @throws IllegalArgumentException if a name is not allowed or there are not 1 to {@link
   *     Limits#READING_MAX_METRICS}
   */
  static Metrics of(Map<String, Value> values) {
    if (values instanceof Metrics metrics) {
      metrics.requireCount(metrics.size);
      return metrics;
    }
    Metrics metrics = new Metrics(values.size());
    metrics.requireCount(values.size());
    values.forEach((name, value) -> metrics.add(Names.requireName("metric", name), value));
    return metrics;
  }

  private void requireCount(int count) {
    if (count < 1 || count > Limits.READING_MAX_METRICS) {
      throw new IllegalArgumentException(
          "a reading has 1 to %d metrics, but this has %d"
              .formatted(Limits.READING_MAX_METRICS, count));
    }
  }

  /** Adds a value under a name that is allowed, and that is not there. */
  void add(String name, Value value) {
    if (size == names.length) {
      names = Arrays.copyOf(names, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    names[size] = name;
    values[size] = value;
    size++;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public @Nullable Value get(@Nullable Object name) {
    for (int i = 0; i < size; i++) {
      if (names[i].equals(name)) {
        return values[i];
      }
    }
    return null;
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return get(name) != null;
  }

  @Override
  @SuppressWarnings("NullAway") // none below size is null
  public void forEach(BiConsumer<? super String, ? super Value> action) {
    for (int i = 0; i < size; i++) {
      action.accept(names[i], values[i]);
    }
  }

  @Override
  public Set<Map.Entry<String, Value>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public Iterator<Map.Entry<String, Value>> iterator() {
        return new Entries();
      }
    };
  }

  private final class Entries implements Iterator<Map.Entry<String, Value>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < size;
    }

    @Override
    @SuppressWarnings("NullAway") // none below size is null
    public Map.Entry<String, Value> next() {
      if (next >= size) {
        throw new NoSuchElementException();
      }
      int at = next++;
      return new SimpleImmutableEntry<>(names[at], values[at]);
    }
  }
}
