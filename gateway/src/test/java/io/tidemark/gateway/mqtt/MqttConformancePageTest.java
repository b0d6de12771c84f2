package io.tidemark.gateway.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/mqtt-conformance.md has every statement once, and names tests that there are. */
final class MqttConformancePageTest {
  private static final Path PAGE = Path.of("../docs/mqtt-conformance.md");

  /** Each section of appendix B with the number of its last statement. */
  private static final String SECTIONS_311 =
      """
      1.5.3-3 2.2.2-2 2.3.1-7 3.1.0-2 3.1.2-24 3.1.3-11 3.1.4-5 3.2.0-1 3.2.2-6 3.3.1-12 3.3.2-3
      3.3.4-1 3.3.5-2 3.6.1-1 3.8.1-1 3.8.3-4 3.8.4-6 3.9.3-2 3.10.1-1 3.10.3-2 3.10.4-6 3.12.4-1
      3.14.1-1 3.14.4-3 4.1.0-2 4.3.1-1 4.3.2-2 4.3.3-2 4.4.0-1 4.5.0-2 4.6.0-6 4.7.1-3 4.7.2-1
      4.7.3-4 4.8.0-2 6.0.0-4 7.0.0-2 7.1.1-1 7.1.2-1
      """;

  private static final String SECTIONS_5 =
      """
      1.5.4-3 1.5.5-1 1.5.7-1 2.1.3-1 2.2.1-6 2.2.2-1 3.1.0-2 3.1.2-30 3.1.3-12 3.1.4-6 3.2.0-2
      3.2.2-22 3.3.1-13 3.3.2-20 3.3.4-10 3.4.2-3 3.5.2-3 3.6.1-1 3.6.2-3 3.7.2-3 3.8.1-1 3.8.3-5
      3.8.4-8 3.9.2-2 3.9.3-2 3.10.1-1 3.10.3-2 3.10.4-6 3.11.2-2 3.11.3-2 3.12.4-1 3.14.0-1
      3.14.1-1 3.14.2-4 3.14.4-3 3.15.1-1 3.15.2-3 4.1.0-2 4.2.0-1 4.3.1-1 4.3.2-5 4.3.3-13 4.4.0-2
      4.5.0-2 4.6.0-6 4.7.0-1 4.7.1-2 4.7.2-1 4.7.3-4 4.8.2-6 4.9.0-3 4.12.0-7 4.12.1-2 4.13.1-1
      4.13.2-1 6.0.0-4
      """;

  private static final String NOT_IN_APPENDIX_5 = "2.2.1-1";

  private static final Pattern STATEMENTS =
      Pattern.compile("(\\d+\\.\\d+\\.\\d+)-(\\d+)(?:\\.\\.(\\d+))?");
  private static final Pattern TEST = Pattern.compile("`(\\w+)\\.(\\w+)`");

  @ParameterizedTest
  @CsvSource({"MQTT 3.1.1, 141", "MQTT 5.0, 251"})
  void everyStatementIsThereOnce(String version, int count) throws IOException {
    List<String> expected =
        version.endsWith("5.0")
            ? new ArrayList<>(upTo(SECTIONS_5))
            : new ArrayList<>(upTo(SECTIONS_311));
    if (version.endsWith("5.0")) {
      expected.remove(NOT_IN_APPENDIX_5);
    }
    assertThat(expected).as("statements in appendix B of %s", version).hasSize(count);
    List<String> listed = new ArrayList<>();
    for (List<String> row : rows(version)) {
      listed.addAll(statements(row.get(0)));
    }
    assertThat(listed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @CsvSource({"MQTT 3.1.1", "MQTT 5.0"})
  void whatIsMetIsShownByTests(String version) throws Exception {
    for (List<String> row : rows(version)) {
      if (row.size() < 4) {
        continue; // not applicable
      }
      assertThat(row.get(2)).as("%s", row).matches("met\\b.*|differs \\(.+\\)");
      List<MatchResult> tests = TEST.matcher(row.get(3)).results().toList();
      assertThat(tests).as("tests of %s", row).isNotEmpty();
      for (MatchResult test : tests) {
        assertThat(isTest(test.group(1), test.group(2))).as(test.group()).isTrue();
      }
    }
  }

  private static boolean isTest(String className, String method) throws ClassNotFoundException {
    Class<?> named =
        Class.forName(MqttConformancePageTest.class.getPackageName() + "." + className);
    return Arrays.stream(named.getDeclaredMethods())
        .filter(declared -> declared.getName().equals(method))
        .anyMatch(MqttConformancePageTest::isTest);
  }

  private static boolean isTest(Method method) {
    return method.isAnnotationPresent(Test.class)
        || method.isAnnotationPresent(ParameterizedTest.class);
  }

  /** The cells of each row of a version's tables, without their heads. */
  private static List<List<String>> rows(String version) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    String chapter = "";
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("## ")) {
        chapter = line.substring(3);
      } else if (chapter.equals(version) && line.matches("\\| \\d.*")) {
        rows.add(Arrays.asList(line.substring(2, line.length() - 2).split(" \\| ", -1)));
      }
    }
    return rows;
  }

  private static List<String> upTo(String lastOfSections) {
    return statements(lastOfSections.replaceAll("-(\\d+)", "-1..$1"));
  }

  /** Each statement that is named, or lies in a range such as {@code 3.1.2-5..7}. */
  private static List<String> statements(String text) {
    List<String> statements = new ArrayList<>();
    Matcher matcher = STATEMENTS.matcher(text);
    while (matcher.find()) {
      int first = Integer.parseInt(matcher.group(2));
      int last = matcher.group(3) == null ? first : Integer.parseInt(matcher.group(3));
      for (int number = first; number <= last; number++) {
        statements.add(matcher.group(1) + "-" + number);
      }
    }
    return statements;
  }
}
