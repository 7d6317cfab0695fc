import { Input, Skeleton, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ComponentType, useEffect, useId, useState } from "react";
import { ApiError, type Entity } from "../../../api/client";
import { valuesQuery } from "../../../api/queries/records";
import classes from "./CelEditor.module.css";
import type { CodeProps } from "./CodeText";
import { texts } from "./known";
import type { Readable } from "./tree";

type Props = {
  entity: Entity;
  value: string;
  onChange: (text: string) => void;
  readables: readonly Readable[];
  error?: unknown;
  readOnly?: boolean;
  label?: string;
  description?: string;
  minRows?: number;
};

const example = 'CEL, as in: title.contains("engineer") && company.location == "Berlin"';

/** How long the code of the editor is waited for, in milliseconds, before the text is a plain field. */
const patience = 15_000;

/** The expression as text: completes fields, functions and values as they are typed, and marks what is wrong. */
export function CelEditor({
  entity,
  value,
  onChange,
  readables,
  error,
  readOnly,
  label = "Expression",
  description = example,
  minRows = 3,
}: Props) {
  const Code = useCode();
  const id = useId();
  const values = useValues(entity);
  const fault = faultOf(error);
  if (Code === "plain") {
    return (
      <div>
        <Textarea
          label={label}
          description={description}
          minRows={minRows}
          autosize
          spellCheck={false}
          autoCapitalize="off"
          readOnly={readOnly}
          aria-invalid={!!error}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12.5 } }}
          value={value}
          onChange={(e) => onChange(e.currentTarget.value)}
        />
        <Fault text={value} error={error} />
      </div>
    );
  }
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      labelProps={{ id: `${id}-label` }}
      description={description}
      descriptionProps={{ id: `${id}-description` }}
    >
      {Code === "fetched" ? (
        <Skeleton height={minRows * 19 + 12} mt={4} />
      ) : (
        <Code
          value={value}
          onChange={onChange}
          readables={readables}
          values={values}
          fault={fault}
          readOnly={readOnly}
          minRows={minRows}
          labelledBy={`${id}-label`}
          describedBy={`${id}-description`}
        />
      )}
      <Fault text={value} error={error} />
    </Input.Wrapper>
  );
}

/** The editor, once its code is there; where it does not come, the text is a plain field. */
function useCode(): ComponentType<CodeProps> | "fetched" | "plain" {
  const [code, setCode] = useState<{ Code: ComponentType<CodeProps> } | "fetched" | "plain">("fetched");
  useEffect(() => {
    let waiting = true;
    const settle = (to: { Code: ComponentType<CodeProps> } | "plain") => {
      if (waiting) setCode(to);
      waiting = false;
    };
    const late = setTimeout(() => settle("plain"), patience);
    import("./CodeText").then(
      (m) => settle({ Code: m.CodeText }),
      () => settle("plain"),
    );
    return () => {
      waiting = false;
      clearTimeout(late);
    };
  }, []);
  return typeof code === "object" ? code.Code : code;
}

function useValues(entity: Entity): CodeProps["values"] {
  const queries = useQueryClient();
  return async (field, typed) => {
    const query = valuesQuery({ entity, field, q: typed || undefined, limit: 12 });
    const { items, exact } = await queries.fetchQuery({ ...query, staleTime: 60_000, retry: false });
    return { values: texts(items), exact };
  };
}

function faultOf(error: unknown) {
  if (!(error instanceof ApiError)) return undefined;
  const line = Number(error.details.line ?? 0);
  const column = Number(error.details.column ?? 0);
  return line > 0 && column > 0 ? { line, column } : undefined;
}

/** The line that is wrong, with a mark under the place. */
function Fault({ text, error }: { text: string; error: unknown }) {
  if (!(error instanceof ApiError)) return null;
  const at = faultOf(error);
  const shown = at && text.split("\n")[at.line - 1];
  return (
    <div className={classes.fault} role="alert">
      {at && shown !== undefined && (
        <pre>
          {shown}
          {"\n"}
          <span className={classes.caret}>{`${" ".repeat(at.column - 1)}^`}</span>
        </pre>
      )}
      <div>{error.message}</div>
      {error.hint && <div>{error.hint}</div>}
    </div>
  );
}
