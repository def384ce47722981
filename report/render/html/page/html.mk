# The page of the HTML report, included by the Makefile: style and script as they are embedded by report/render/html/render_html.c, and their
# hashes for the page's Content-Security-Policy. The order of the scripts is the order in which they run: main.js last.
HTML_DIR := $(BUILD)/html
HTML_SCRIPTS := dom data state theme views/summary filter views/table views/graph views/stack views/finding views/timeline views/flame views/processes views/tests print main
HTML_EMBEDDED := $(addprefix $(HTML_DIR)/,style.css style.sha256 script.js script.sha256) report/render/html/page/page.html

$(HTML_DIR)/script.js: $(HTML_SCRIPTS:%=report/render/html/page/%.js) report/render/html/page/html.mk
	@mkdir -p $(@D)
	cat $(HTML_SCRIPTS:%=report/render/html/page/%.js) > $@
$(HTML_DIR)/style.css: report/render/html/page/style.css
	@mkdir -p $(@D)
	cat $< > $@
# In base64, of bytes that coreutils gives in hexadecimal.
$(HTML_DIR)/script.sha256: $(HTML_DIR)/script.js
$(HTML_DIR)/style.sha256: $(HTML_DIR)/style.css
$(HTML_DIR)/%.sha256:
	sha256sum $< | cut -c 1-64 | fold -w 2 | while read -r byte; do printf "\\$$(printf %03o 0x$$byte)"; done | base64 | tr -d '\n' > $@

# Whatever builds the report: the command and the fuzzers.
HTML_OBJECTS := $(OUT)/report/render/html/render_html.o $(BUILD)/fuzz/report/render/html/render_html.o
$(HTML_OBJECTS): $(HTML_EMBEDDED)
$(HTML_OBJECTS): REPORT_CFLAGS += -DHTML_DIR='"$(HTML_DIR)"'
$(HTML_OBJECTS): FUZZ_CFLAGS += -DHTML_DIR='"$(HTML_DIR)"'
