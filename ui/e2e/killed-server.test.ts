import { disturbed } from "./disturbed";

disturbed("a killed server");
