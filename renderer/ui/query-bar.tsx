import './virtual-table.css';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { flushSync } from 'react-dom';
import IconFilter from '@tabler/icons-react/dist/esm/icons/IconFilter.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import { parseListQuery } from '../../shared/kernel/list-query.ts';
import { Button } from './button.tsx';
import { useKeys } from './keys.ts';
import { suggest, wordAt } from './query-completion.ts';
import type { QueryField, QueryProblem, Suggestion } from './query-completion.ts';

const WAIT_MS = 120;

/** The query of a list, with completion of fields and values; `/` goes there. `onChange` follows the typing by a breath. */
export function QueryBar(props: {
  value: string;
  onChange: (query: string) => void;
  fields: readonly QueryField[];
  placeholder: string;
  /** What the engine did not understand of `value`: it is marked where it stands. */
  problem?: QueryProblem | null;
  actions?: ReactNode;
}) {
  const [text, setText] = useState(props.value);
  const [options, setOptions] = useState<readonly Suggestion[]>([]);
  const [chosen, setChosen] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const asked = useRef(0);
  const sent = useRef(props.value);
  const listId = useId();
  const { value, onChange, fields } = props;
  useKeys(
    useMemo(
      () => [{ keys: '/', label: 'Go to the query', group: 'This page', run: () => input.current?.focus() }],
      [],
    ),
  );
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    // What is not written to its end yet (`host:`, an open quote) waits for Enter: the list stays meanwhile.
    if (text === sent.current || !parseListQuery(text).ok) return undefined;
    const timer = setTimeout(() => {
      sent.current = text;
      onChange(text);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, onChange]);

  const propose = (next: string): void => {
    const { word } = wordAt(next, input.current?.selectionStart ?? next.length);
    asked.current += 1;
    const mine = asked.current;
    void suggest(fields, word).then((found) => {
      // The answer to what was typed before may come later.
      if (mine !== asked.current || document.activeElement !== input.current) return;
      setOptions(found.length === 1 && found[0]?.text.trim() === word ? [] : found);
      setChosen(-1);
    });
  };
  /** Puts the completions away; one that is still being looked for must not open them again. */
  const close = (): void => {
    asked.current += 1;
    setOptions([]);
  };
  const take = (option: Suggestion): void => {
    const caret = input.current?.selectionStart ?? text.length;
    const { start } = wordAt(text, caret);
    const next = text.slice(0, start) + option.text + text.slice(caret).trimStart();
    // At once: what is typed next belongs behind it.
    flushSync(() => {
      setText(next);
      setOptions([]);
    });
    input.current?.setSelectionRange(start + option.text.length, start + option.text.length);
    propose(next);
  };
  const problem = props.problem && text === value ? props.problem : null;
  const onKeyDown = (event: KeyboardEvent): void => {
    const { word } = wordAt(text, input.current?.selectionStart ?? text.length);
    const first = event.key === 'Tab' && !event.shiftKey && word !== '' ? options[0] : undefined;
    const option = options[chosen] ?? first;
    if (event.key === 'ArrowDown' && options.length === 0) propose(text);
    else if (event.key === 'ArrowDown') setChosen((chosen + 1) % options.length);
    else if (event.key === 'ArrowUp' && options.length > 0)
      setChosen((chosen + options.length - 1) % options.length);
    else if ((event.key === 'Enter' || event.key === 'Tab') && option) take(option);
    else if (event.key === 'Enter' && problem) input.current?.setSelectionRange(problem.at, problem.end);
    else if (event.key === 'Enter') {
      sent.current = text;
      onChange(text);
      close();
    } else if (event.key === 'Escape') {
      if (options.length > 0) close();
      else input.current?.blur();
    } else return;
    event.preventDefault();
  };
  const open = options.length > 0;
  return (
    <div className="ik-qbar">
      <div className="ik-qf" data-bad={problem ? true : undefined}>
        <IconFilter size={14} className="ik-t3" aria-hidden />
        <div className="ik-qtext">
          {problem ? (
            <div ref={mark} className="ik-qmark" aria-hidden>
              {text.slice(0, problem.at)}
              <mark>{text.slice(problem.at, problem.end) || ' '}</mark>
              {text.slice(problem.end)}
            </div>
          ) : null}
          <input
            ref={input}
            role="combobox"
            aria-label="Query"
            aria-expanded={open}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={open && chosen >= 0 ? `${listId}-${chosen}` : undefined}
            aria-invalid={problem ? true : undefined}
            value={text}
            placeholder={props.placeholder}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => {
              setText(event.target.value);
              propose(event.target.value);
            }}
            onFocus={() => {
              propose(text);
            }}
            onBlur={close}
            onScroll={(event) => {
              if (mark.current) mark.current.scrollLeft = event.currentTarget.scrollLeft;
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {text === '' ? (
          <kbd>/</kbd>
        ) : (
          <Button
            kind="ghost"
            size="sm"
            icon={IconX}
            label="Clear the query"
            onClick={() => {
              setText('');
              sent.current = '';
              onChange('');
            }}
          />
        )}
      </div>
      {props.actions}
      <div id={listId} role="listbox" aria-label="Completions" className="ik-qsuggest" hidden={!open}>
        {options.map((option, at) => (
          <div
            key={option.text}
            id={`${listId}-${at}`}
            role="option"
            aria-selected={at === chosen}
            tabIndex={-1}
            onMouseDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            <span className="ik-mono ik-grow">{option.text.trim()}</span>
            <span className="ik-t3 ik-xs">{option.hint}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
