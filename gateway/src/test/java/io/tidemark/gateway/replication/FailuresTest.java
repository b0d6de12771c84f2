package io.tidemark.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class FailuresTest {
  @Test
  void theReasonIsTheSameForAStageAndThoseAfterIt() {
    IOException reason = new IOException("away");
    AtomicReference<Throwable> itself = new AtomicReference<>();
    AtomicReference<Throwable> after = new AtomicReference<>();
    CompletableFuture<String> stage = new CompletableFuture<>();
    stage.whenComplete((value, failure) -> itself.set(failure));
    stage.thenApply(String::length).whenComplete((value, failure) -> after.set(failure));
    stage.completeExceptionally(reason);
    assertThat(after.get()).isInstanceOf(CompletionException.class);
    assertThat(Failures.cause(after.get())).isSameAs(reason);
    assertThat(Failures.cause(itself.get())).isSameAs(reason);
    CompletionException bare = new CompletionException("no reason", null);
    assertThat(Failures.cause(bare)).isSameAs(bare);
  }
}
