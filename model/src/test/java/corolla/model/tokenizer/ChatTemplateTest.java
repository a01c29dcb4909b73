package corolla.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatTemplateTest {
    private static final String SMOLLM2 =
            "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
                    + "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
                    + "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
                    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    /** Written for this test with the means that Llama 3's use: sets, offsets, a namespace, a date, trims. */
    private static final String LLAMA3 = """
            {{- bos_token }}
            {%- if not date_string is defined %}
                {%- if strftime_now is defined %}
                    {%- set date_string = strftime_now("%d %b %Y") %}
                {%- else %}
                    {%- set date_string = "26 Jul 2024" %}
                {%- endif %}
            {%- endif %}
            {%- if messages[0]['role'] == 'system' %}
                {%- set system_message = messages[0]['content']|trim %}
                {%- set messages = messages[1:] %}
            {%- else %}
                {%- set system_message = "" %}
            {%- endif %}
            {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
            {%- if tools is not none and tools is defined %}
                {{- "Environment: ipython\\n" }}
            {%- endif %}
            {{- "Today Date: " + date_string + "\\n\\n" }}
            {{- system_message }}
            {{- "<|eot_id|>" }}
            {%- for message in messages %}
                {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
                {%- elif 'tool_calls' in message %}
                    {{- raise_exception("no tools") }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
            {%- endif %}
            """;

    /** Written for this test with the means that Mistral's use: alternation checked, arithmetic on the loop, a namespace. */
    private static final String MISTRAL = """
            {%- if messages[0]["role"] == "system" %}
                {%- set system_message = messages[0]["content"] %}
                {%- set loop_messages = messages[1:] %}
            {%- else %}
                {%- set loop_messages = messages %}
            {%- endif %}
            {%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
            {%- set ns = namespace(index=0) %}
            {%- for message in loop_messages %}
                {%- if not (message.role == "tool" or message.get("tool_calls")) %}
                    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
                        {{- raise_exception("roles must alternate user/assistant/user/assistant/...") }}
                    {%- endif %}
                    {%- set ns.index = ns.index + 1 %}
                {%- endif %}
            {%- endfor %}
            {{- bos_token }}
            {%- for message in loop_messages %}
                {%- if message["role"] == "user" %}
                    {%- if loop.last and system_message is defined %}
                        {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
                    {%- else %}
                        {{- "[INST] " + message["content"] + "[/INST]" }}
                    {%- endif %}
                {%- elif message["role"] == "assistant" %}
                    {{- " " + message["content"]|trim + eos_token}}
                {%- else %}
                    {{- raise_exception("unknown role " + message.role) }}
                {%- endif %}
            {%- endfor %}
            """;

    private static final List<ChatMessage> QUESTION = List.of(new ChatMessage("user", "Hi {{ 7 * 7 }} there"));
    private static final List<ChatMessage> LONG = List.of(
            new ChatMessage("system", " Be brief. "),
            new ChatMessage("user", "One?"),
            new ChatMessage("assistant", " 1 "),
            new ChatMessage("user", "Two?"));

    @Test
    void smolLm2WritesItsOwnSystemMessageFirst() throws Exception {
        assertThat(template(SMOLLM2).render(QUESTION, true))
                .isEqualTo(
                        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                                + "<|im_start|>user\nHi {{ 7 * 7 }} there<|im_end|>\n<|im_start|>assistant\n");
    }

    @Test
    void llama3HasHeadersAndAFixedDateWithoutTheTime() throws Exception {
        assertThat(template(LLAMA3).render(LONG, true))
                .isEqualTo(
                        "<s><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|>"
                                + "<|start_header_id|>user<|end_header_id|>\n\nOne?<|eot_id|>"
                                + "<|start_header_id|>assistant<|end_header_id|>\n\n1<|eot_id|>"
                                + "<|start_header_id|>user<|end_header_id|>\n\nTwo?<|eot_id|>"
                                + "<|start_header_id|>assistant<|end_header_id|>\n\n");
    }

    @Test
    void llama3TakesTheDateWhenItIsGiven() throws Exception {
        ZonedDateTime now = ZonedDateTime.of(2026, 11, 3, 4, 5, 6, 0, ZoneOffset.UTC);
        assertThat(template(LLAMA3).render(QUESTION, false, now)).contains("Today Date: 03 Nov 2026\n");
    }

    @Test
    void mistralPutsTheSystemMessageBeforeTheLastQuestion() throws Exception {
        assertThat(template(MISTRAL).render(LONG, true))
                .isEqualTo("<s>[INST] One?[/INST] 1</s>[INST]  Be brief. \n\nTwo?[/INST]");
    }

    @Test
    void refusalOfATemplateIsAnError() {
        List<ChatMessage> twice = List.of(new ChatMessage("user", "a"), new ChatMessage("user", "b"));
        assertThatThrownBy(() -> template(MISTRAL).render(twice, true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageContaining("roles must alternate");
    }

    @Test
    void brokenTemplateIsAnError() {
        assertThatThrownBy(() -> template("{% for %}{{").render(QUESTION, true))
                .isInstanceOf(ChatTemplateException.class);
    }

    @Test
    void endlessTemplateIsStopped() {
        String loops =
                "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% if a %}{% endif %}"
                        + "{% endfor %}{% endfor %}{% endfor %}";
        assertThatThrownBy(() -> template(loops).render(QUESTION, true)).isInstanceOf(ChatTemplateException.class);
    }

    @Test
    void hugeOutputIsStopped() {
        String doubling =
                "{% set x = 'aaaaaaaaaaaaaaaa' %}{% for a in range(60) %}{% set x = x + x %}{% endfor %}{{ x }}"
                        + "{% for a in range(9999) %}{% for b in range(90) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }}"
                        + "{% endfor %}{% endfor %}";
        assertThatThrownBy(() -> template(doubling).render(QUESTION, true)).isInstanceOf(ChatTemplateException.class);
    }

    @Test
    void filesAndClassesAreOutOfReach() {
        for (String escape : List.of(
                "{% include 'corolla/model/tokenizer/pre-tokenizers.json' %}",
                "{% import 'corolla/model/tokenizer/pre-tokenizers.json' as x %}{{ x }}",
                "{% from 'corolla/model/tokenizer/pre-tokenizers.json' import x %}",
                "{% extends 'corolla/model/tokenizer/pre-tokenizers.json' %}")) {
            assertThatThrownBy(() -> template(escape).render(QUESTION, true))
                    .as(escape)
                    .isInstanceOf(ChatTemplateException.class);
        }
    }

    @Test
    void reflectionGivesNothing() throws Exception {
        for (String escape : List.of(
                "{{ bos_token.class }}",
                "{{ messages.getClass() }}",
                "{{ bos_token.getClass().forName('java.lang.Runtime') }}",
                "{{ ____int3rpr3t3r____ }}",
                "{{ ____int3rpr3t3r____.config }}")) {
            String rendered;
            try {
                rendered = template(escape).render(QUESTION, true);
            } catch (ChatTemplateException refused) {
                rendered = "";
            }
            assertThat(rendered).as(escape).doesNotContain("class", "java", "Interpreter", "Config");
        }
    }

    @Test
    void pythonMethodsOfTextsWork() throws Exception {
        assertThat(template(
                                "{{ ' a b '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ '\n\na'.lstrip('\n') }}|{{ 'a</think>b'.split('</think>')[-1] }}"
                                        + "|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith('x') }}|{{ 'abc'.upper() }}|{{ 'a-b'.replace('-', '+') }}")
                        .render(QUESTION, true))
                .isEqualTo("a b|a|a|b|true|false|ABC|a+b");
    }

    @Test
    void jsonIsWrittenAsPythonDoes() throws Exception {
        assertThat(template("{{ messages[0] | tojson }}")
                        .render(List.of(new ChatMessage("user", "é \"q\"\n<b>")), true))
                .isEqualTo("{\"role\": \"user\", \"content\": \"é \\\"q\\\"\\n<b>\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '~',
            value = {
                "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% endfor %} # 1One?2Two?",
                "{% for m in messages if m.role == 'x' %}{{ m.content }}{% else %}none{% endfor %} # none",
                "{% for m in messages %}{{ loop.index }}{% else %}none{% endfor %} # 1234",
                "{% for m in messages[::-1] %}{{ m.role[0] }}{% endfor %} # uaus",
                "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }};{% endfor %} # ;system;user;assistant;",
                "{% for m in messages %}{{ loop.nextitem.role if not loop.last }};{% endfor %} # user;assistant;user;;",
                "{% for k, v in messages[1].items() %}{{ k }}={{ v }};{% endfor %} # role=user;content=One?;",
                "{% for k, v in messages[1] | items %}{{ k }}={{ v }};{% endfor %} # role=user;content=One?;",
                "{% for m in messages %}{% if loop.index0 == 2 %}{% break %}{% endif %}{{ m.role[0] }}{% endfor %} # su",
                "{% for m in messages %}{% if x is defined %}kept{% endif %}{% set x = 1 %}{% endfor %}clean # clean",
                "{% for a in [1, 2] %}{% for b in [3, 4] %}{{ a }}{{ b }},{% endfor %}{{ loop.index }};{% endfor %} # 13,14,1;23,24,2;",
                "{% generation %}{{ messages[1].content }}{% endgeneration %} # One?",
                "{{ 'a b'.title() }}{{ '-'.join(['x', 'y']) }}{{ 'abc'.find('c') }}{{ 'ab'.removeprefix('a') }} # A Bx-y2b",
                "{{ '\\u2581' }} # \u2581",
                "{{ messages | selectattr('role', 'equalto', 'user') | list | length }} # 2",
            })
    void jinjaOfOtherTemplatesWorks(String source, String expected) throws Exception {
        assertThat(template(source).render(LONG, true)).isEqualTo(expected);
    }

    @Test
    void lastLineEndIsDropped() throws Exception {
        assertThat(template("a\n  {% if true %}\nb\n  {% endif %}\nc\n").render(QUESTION, true))
                .isEqualTo("a\nb\nc");
    }

    private static ChatTemplate template(String source) {
        return new ChatTemplate(source, "<s>", "</s>");
    }
}
