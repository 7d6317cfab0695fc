import { ActionIcon, Badge, Indicator, Kbd, Menu, Tooltip, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowsExchange,
  IconArrowsJoin,
  IconBell,
  IconBolt,
  IconBuilding,
  IconChartBar,
  IconCoins,
  IconFileImport,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconSearch,
  IconSettings,
  IconSparkles,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useSignOut } from "../api/queries/account";
import { creditsQuery } from "../api/queries/money";
import { requestsQuery } from "../api/queries/requests";
import { notificationsQuery, statusQuery } from "../api/queries/workspace";
import { command } from "../ui/command";
import { creditsText } from "../ui/money";
import { count } from "../ui/time";
import classes from "./Nav.module.css";

const places = [
  { to: "/", label: "Data Hub", icon: IconChartBar },
  { to: "/people", label: "People", icon: IconUsers },
  { to: "/companies", label: "Companies", icon: IconBuilding },
  { to: "/audiences", label: "Audiences", icon: IconUsersGroup },
  { to: "/signals", label: "Signals", icon: IconBolt },
  { to: "/enrichments", label: "Enrichments", icon: IconSparkles },
] as const;

const more = [
  { to: "/credits", label: "Credits", icon: IconCoins },
  { to: "/import", label: "Import", icon: IconFileImport },
  { to: "/review", label: "Review", icon: IconArrowsJoin },
  { to: "/undo", label: "Undo", icon: IconArrowBackUp },
  { to: "/flows", label: "Sources and destinations", icon: IconArrowsExchange },
  { to: "/providers", label: "Providers", icon: IconPlugConnected },
  { to: "/settings", label: "Settings", icon: IconSettings },
] as const;

/** The left navigation. */
export function Nav({ onSearch, onKeys }: { onSearch: () => void; onKeys: () => void }) {
  const unread = useQuery(notificationsQuery(true)).data?.items?.length ?? 0;
  const status = useQuery(statusQuery).data;
  const credits = useQuery(creditsQuery).data;
  const asked = useQuery({ ...requestsQuery(), enabled: status?.role === "admin" }).data?.items?.length ?? 0;
  const leave = useSignOut();
  return (
    <nav className={classes.nav} aria-label="Main">
      <div className={classes.brand}>
        <Link to="/" className={classes.logo}>
          Fettle
          {status?.workspace && (
            <span className="clip" title={status.workspace}>
              {status.workspace}
            </span>
          )}
        </Link>
        <Indicator disabled={unread === 0} label={unread > 9 ? "9+" : unread} size={14} offset={4}>
          <ActionIcon
            component={Link}
            to="/notifications"
            aria-label={unread ? `Notifications, ${unread} unread` : "Notifications"}
          >
            <IconBell size={16} />
          </ActionIcon>
        </Indicator>
      </div>
      <UnstyledButton className={classes.search} onClick={onSearch}>
        <IconSearch size={14} />
        <span>Search</span>
        <Kbd size="xs">{command}K</Kbd>
      </UnstyledButton>
      <div className={classes.group}>
        {places.map((p) => (
          <Place key={p.to} {...p} />
        ))}
      </div>
      <div className={classes.group}>
        {more.map((p) => (
          <Place key={p.to} {...p} waiting={p.to === "/credits" ? asked : 0} />
        ))}
      </div>
      <div className={classes.foot}>
        {credits && (
          <Tooltip label={`${creditsText(credits.settled_credits)} spent so far`}>
            <Link to="/credits" className={classes.balance}>
              {credits.available_credits == null
                ? `${creditsText(credits.settled_credits)} spent`
                : `${creditsText(credits.available_credits)} left`}
            </Link>
          </Tooltip>
        )}
        <div className={classes.who}>
          <span className="clip" title={status?.actor}>
            {status ? `${status.actor} · ${status.role}` : " "}
            {status && !status.following && <em> · nobody is following</em>}
          </span>
          <span className={classes.icons}>
            {status?.session && (
              <Tooltip label="Sign out">
                <ActionIcon aria-label="Sign out" size="sm" loading={leave.isPending} onClick={() => leave.mutate()}>
                  <IconLogout size={14} />
                </ActionIcon>
              </Tooltip>
            )}
            <Tooltip label="Keys">
              <ActionIcon aria-label="Keys" size="sm" onClick={onKeys}>
                <IconKeyboard size={15} />
              </ActionIcon>
            </Tooltip>
            <SchemeMenu />
          </span>
        </div>
      </div>
    </nav>
  );
}

type PlaceProps = ((typeof places)[number] | (typeof more)[number]) & { waiting?: number };

function Place({ to, label, icon: Icon, waiting = 0 }: PlaceProps) {
  return (
    <Link
      to={to}
      className={classes.place}
      activeProps={{ "data-active": true }}
      activeOptions={{ exact: to === "/", includeSearch: false }}
    >
      <Icon size={16} stroke={1.7} />
      {label}
      {waiting > 0 && (
        <Badge size="xs" circle ml="auto" aria-label={`${count(waiting, "request")} to decide`}>
          {waiting}
        </Badge>
      )}
    </Link>
  );
}

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="top-end">
      <Menu.Target>
        <ActionIcon aria-label="Appearance" size="sm">
          <IconMoon size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(["auto", "light", "dark"] as const).map((s) => (
          <Menu.Item key={s} onClick={() => setColorScheme(s)} fw={colorScheme === s ? 600 : undefined}>
            {{ auto: "As the system", light: "Light", dark: "Dark" }[s]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
