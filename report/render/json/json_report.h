/*
 * json_report.h - JSON values of parts of the report, and the schema's words for enums, shared by several formats.
 * Ownership as in json_value.h.
 */
#ifndef PAGELEAK_JSON_REPORT_H
#define PAGELEAK_JSON_REPORT_H

#include "model/coverage_model.h"
#include "model/event_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"
#include "render/json/json_value.h"

const char *json_judged_name(enum judged judged);
const char *json_phase_name(enum phase phase);
const char *json_cause_name(enum cause_kind kind);
const char *json_moment_name(uint8_t moment); /* NULL unknown */
const char *json_kind_name(enum page_kind kind);

json_t *json_audit(const struct report *report);
json_t *json_coverage(const struct coverage *coverage);
json_t *json_summary(const struct report *report);
json_t *json_suppressed(const struct report *report);
/* The user's rules that hid nothing. */
json_t *json_unused_rules(const struct report *report);
json_t *json_fixed(const struct report *report);

#endif
