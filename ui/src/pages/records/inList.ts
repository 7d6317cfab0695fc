import { createContext, useContext } from "react";
import type { RecordSearch } from "../../api/queries/records";

/** The list that a record is looked at in, so that an edit can say that it leaves it. */
export const InList = createContext<RecordSearch | undefined>(undefined);

export const useInList = () => useContext(InList);
