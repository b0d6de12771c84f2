package io.tidemark.sim.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML that is well-formed XML too. Text and the values of attributes are always escaped;
 * names must be our own. Not thread-safe.
 */
final class Markup {
  private final StringBuilder out = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an element; the attributes are names and values in turn. */
  Markup open(String tag, String... attributes) {
    tag(tag, attributes);
    out.append('>');
    open.push(tag);
    return this;
  }

  /** Ends the element begun last. */
  Markup close() {
    String tag = open.pop();
    out.append("</").append(tag).append('>');
    if (!isInline(tag)) {
      out.append('\n');
    }
    return this;
  }

  /** An element with nothing but text in it. */
  Markup leaf(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  /** An element that has no content. */
  Markup empty(String tag, String... attributes) {
    tag(tag, attributes);
    out.append("/>");
    return this;
  }

  Markup text(String text) {
    text.codePoints().forEach(this::escaped);
    return this;
  }

  /** Our own style or script, as it is. */
  Markup verbatim(String tag, String content) {
    out.append('<').append(tag).append(">\n").append(content);
    out.append("</").append(tag).append(">\n");
    return this;
  }

  /** The whole page. */
  String page() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return "<!DOCTYPE html>\n" + out;
  }

  private void tag(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      text(attributes[i + 1]);
      out.append('"');
    }
  }

  private void escaped(int point) {
    switch (point) {
      case '<' -> out.append("&lt;");
      case '>' -> out.append("&gt;");
      case '&' -> out.append("&amp;");
      case '"' -> out.append("&quot;");
      case '\'' -> out.append("&#39;");
      default -> out.appendCodePoint(isAllowed(point) ? point : 0xfffd);
    }
  }

  /** What XML 1.0 allows (section 2.2), without what turns the direction of text around. */
  private static boolean isAllowed(int point) {
    boolean turns = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
    return !turns
        && (point == '\t'
            || point == '\n'
            || (point >= 0x20 && point <= 0x7e)
            || (point >= 0xa0 && point <= 0xd7ff)
            || (point >= 0xe000 && point <= 0xfffd)
            || point >= 0x10000);
  }

  private static boolean isInline(String tag) {
    return tag.length() <= 1 || tag.equals("span") || tag.equals("td") || tag.equals("th");
  }
}
