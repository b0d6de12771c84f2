/**
 * Grafana's dashboards under {@code deploy/grafana}, without Grafana: their files are read, what
 * Grafana puts in place of variables is put there, and every query is asked.
 */
@org.jspecify.annotations.NullMarked
package io.tidemark.deploy.grafana;
