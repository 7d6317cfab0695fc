import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { definitionQuery } from "../../../api/queries/providers";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Page } from "../../../ui/Page";
import { Begin } from "./Begin";
import { Editor } from "./Editor";

/** The definition of a data provider: a new one is begun from what is known of the vendor, one that is there is read and changed. */
export function DefinitionPage() {
  const { of } = useSearch({ from: "/providers/definition" });
  const { data, error, refetch } = useQuery(definitionQuery(of ?? ""));
  const [begun, setBegun] = useState("");
  const name = of ? `The definition of ${of}` : "Add a provider";
  return (
    <Page
      name={name}
      title={name}
      sub="What a vendor is asked, what its answers mean, and what they cost. Its examples are tested here; the vendor is asked nothing."
    >
      <ErrorNote error={error} retry={refetch} />
      {of && !data && !error && <Skeleton h={420} />}
      {of && data && <Editor key={of} text={data.definition} of={of} shipped={data.shipped} />}
      {!of && begun === "" && <Begin onBegun={setBegun} />}
      {!of && begun !== "" && <Editor text={begun} />}
    </Page>
  );
}
