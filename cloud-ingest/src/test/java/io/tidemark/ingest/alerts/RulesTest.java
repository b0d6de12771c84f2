package io.tidemark.ingest.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.ingest.sql.OnEachDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a change of a rule answers. */
@OnEachDatabase
final class RulesTest {
  @Test
  void aChangeAnswersWhatWasWritten(@TempDir Path folder) throws Exception {
    try (Bench bench = new Bench(folder)) {
      Rules rules = new Rules(bench.sql, bench.clock);
      Rule rule = bench.hot("");
      RuleSpec spec = Bench.spec("{'name':'other','kind':'silent','for':'PT15.5S'}");
      RuleChange made = rules.change(rule.id(), 1, spec).orElseThrow();
      assertThat(made.isMade()).isTrue();
      assertThat(made.rule()).isEqualTo(bench.sql.read(Rules::list).get(0));
      RuleChange late = rules.change(rule.id(), 1, spec).orElseThrow();
      assertThat(late).isEqualTo(new RuleChange(false, made.rule()));
      assertThat(rules.change(rule.id(), 2, null).orElseThrow().isMade()).isTrue();
      assertThat(rules.change(rule.id(), 2, null)).isEmpty();
    }
  }
}
