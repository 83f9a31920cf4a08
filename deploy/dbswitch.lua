-- dbswitch.lua: the companion of dbswitch in each HAProxy (2.6 and later).
--
-- It makes new connections wait while their backend has no usable server, instead of being closed; it needs no manager for that.
-- And it adds commands to the Runtime API: how many wait, for how long they may, and (from HAProxy 3.0 on) fence and ready with a
-- generation, which also work in a worker left over from a reload.
--
-- In haproxy.cfg (docs/companion.md explains each line):
--
--   global
--       .if version_atleast(3.1)
--           tune.lua.bool-sample-conversion normal
--       .endif
--       lua-load /etc/haproxy/dbswitch.lua
--
--   frontend db
--       timeout client-fin 1s
--       bind :8320
--       bind unix@/run/haproxy/db-again.sock mode 600 accept-proxy
--       unique-id-format %[var(txn.dbswitch_trail)]
--       tcp-request inspect-delay 61s
--       tcp-request content lua.dbswitch-hold db_servers 5000 60000 if { be_conn_free(db_servers) ge 0 } || { stopping }
--       tcp-request content reject if { var(txn.dbswitch_held) -m found }
--       use_backend db_again if { stopping }
--       default_backend db_servers
--
--   backend db_servers
--       timeout server-fin 1s
--       server again unix@/run/haproxy/db-again.sock send-proxy-v2 proxy-v2-options unique-id backup maxconn 1000000
--
--   backend db_again
--       server again unix@/run/haproxy/db-again.sock send-proxy-v2 proxy-v2-options unique-id
--
-- The hold's arguments: the backend; how long a connection may wait, in milliseconds, until "set dbswitch hold" says otherwise; and
-- the ceiling of that, which must be less than the inspect-delay.
--
-- With "setenv DBSWITCH_GENERATIONS FILE" before the lua-load, the highest generation of each backend is kept there over restarts.
-- FILE is where HAProxy's worker sees it: below its chroot, and in a folder that its user may write to. The same holds for the socket
-- in the lines that begin with "server"; where root starts HAProxy for another user, its "bind" has "user NAME" too.

local SCRIPT_VERSION = 1

-- Each waiting connection looks again after a nap. Many nap longer, so that all of them together look some 20,000 times a second.
local SHORTEST_NAP, LONGEST_NAP, LOOKS_PER_MILLISECOND = 2, 1000, 20

-- Who has not looked for so long has gone.
local SILENCE = 2000

-- Between two hops: HAProxy is about to let go of its listeners.
local LONGEST_HOP = 100

-- A connection that goes from process to process, and never to a server, is closed after so many hops.
local MOST_HOPS = 16

-- No switch comes near it by itself: whoever writes a higher one is refused, since nothing could come after it.
local HIGHEST_GENERATION = 1 << 52

-- A switch goes on by one or two each time, and a store that was put back takes over what is higher.
local FURTHEST_JUMP = 1000000000

local remembered = os.getenv("DBSWITCH_GENERATIONS")
local backends = {}

local function milliseconds()
    local now = core.now()
    return now.sec * 1000 + now.usec // 1000
end

-- Before HAProxy 3.1 a boolean sample is the number 0 or 1, and in Lua both are true.
local function is_true(sample)
    return sample == true or sample == 1
end

-- A server without a maxconn takes any number of clients, which be_conn_free tells by -1. The way back to the front has one.
-- Thousands look: a no holds for the rest of its millisecond. A yes does not, since the server may have gone meanwhile.
local function takes_clients(state, txn, backend, now)
    if state.refused == now then
        return false
    end
    local takes = txn.f:be_conn_free(backend) < 0
    state.refused = not takes and now or 0
    return takes
end

local function backend_state(name)
    local state = backends[name]
    if not state then
        state = {
            generation = 0, hold = 0, ceiling = 0, waiting = 0, refused = 0,
            waiting_since = {}, oldest = 0, silent = {}, recent = {},
            longest_wait = 0, released = 0, expired = 0, dropped = 0, hopped = 0, overrun = 0,
        }
        state.silent.newer, state.recent.older = state.recent, state.silent
        backends[name] = state
    end
    return state
end

-- ---------------------------------------------------------------------------------------------------------------------------------
-- The generation's memory

-- Everything here happens while HAProxy runs, and so inside its chroot and as its user: the file is where the worker sees it.
-- What can't be remembered is said ("memory" in "show dbswitch") and refuses nothing: without the memory a restart forgets the
-- generation, with a refusal clients would be left without a database.
local memory = remembered and "unwritable: not tried yet" or "none"
local recalled, owed, tried = false, false, 0

local function recall()
    recalled = true
    local file = remembered and io.open(remembered, "r")
    if not file then
        return
    end
    for line in file:lines() do
        local name, generation = line:match("^(%S+) (%d+)$")
        if name then
            local state, kept = backend_state(name), math.tointeger(generation) or 0
            if kept <= HIGHEST_GENERATION then
                state.generation = math.max(state.generation, kept)
            end
        end
    end
    file:close()
end

-- Called once per switchover. The file is best on a file system in memory: HAProxy waits for the write.
local function remember()
    if not remembered then
        return
    end
    -- A worker that is stopping has heard of some backends only.
    recall()
    local next = remembered .. ".new"
    local file, why = io.open(next, "w")
    if file then
        for name, state in pairs(backends) do
            file:write(name, " ", state.generation, "\n")
        end
        local done
        done, why = file:close()
        if done then
            done, why = os.rename(next, remembered)
        end
        if done then
            why = nil
        end
    end
    owed = why ~= nil
    memory = why and "unwritable: " .. why or "ok"
end

-- Before anybody counts on it: can it be written? A file of its own, since a worker that is stopping may write the other one.
local function try_memory()
    if not recalled then
        recall()
    end
    local now = milliseconds()
    if not remembered or memory == "ok" or now - tried < 1000 then
        return
    end
    tried = now
    local file, why = io.open(remembered .. ".try", "w")
    if file then
        file:close()
        os.remove(remembered .. ".try")
        memory = "ok"
        if owed then
            remember()
        end
    else
        memory = "unwritable: " .. why
    end
end

-- ---------------------------------------------------------------------------------------------------------------------------------
-- The hold

-- Thousands may wait, and nobody walks over all of them: each knows its neighbours, those that looked before and after it.
local function append(state, waiter)
    local before = state.recent.older
    before.newer, waiter.older, waiter.newer, state.recent.older = waiter, before, state.recent, waiter
end

local function unlink(waiter)
    waiter.older.newer, waiter.newer.older = waiter.newer, waiter.older
end

local function enter(state, waiter)
    append(state, waiter)
    state.oldest = state.waiting > 0 and math.min(state.oldest, waiter.since) or waiter.since
    state.waiting, waiter.waits = state.waiting + 1, true
    state.waiting_since[waiter.since] = (state.waiting_since[waiter.since] or 0) + 1
end

local function forget(state, waiter)
    unlink(waiter)
    state.waiting, waiter.waits = state.waiting - 1, false
    local others = state.waiting_since[waiter.since] - 1
    state.waiting_since[waiter.since] = others > 0 and others or nil
end

-- How long the one has waited that has waited longest, of those that still do.
local function longest_waiting(state, now)
    while state.waiting > 0 and not state.waiting_since[state.oldest] do
        state.oldest = state.oldest + 1
    end
    return state.waiting > 0 and now - state.oldest or 0
end

-- Those whose connection ended without a last look (a reset) are counted out when they have not looked for long.
local function sweep(state, now)
    while state.silent.newer ~= state.recent and now - state.silent.newer.seen > SILENCE do
        local waiter = state.silent.newer
        forget(state, waiter)
        state.dropped = state.dropped + 1
        waiter.counted_out = true
    end
end

local function arrive(state, txn, now)
    local hops, waited, promised = (txn.f:fc_pp_unique_id() or ""):match("^(%d+),(%d+),(%d+)$")
    local waiter = { since = now - (tonumber(waited) or 0), hops = tonumber(hops) or 0, promised = tonumber(promised) or 0, arrived = now, seen = now }
    txn:set_priv(waiter)
    txn:set_var("txn.dbswitch_held", 1)
    return waiter
end

-- What it was promised by the process that it comes from holds until the manager has told this one.
local function allowance(state, waiter)
    local hold = state.told and state.hold or math.max(state.hold, waiter.promised)
    return math.min(hold, state.ceiling)
end

-- How often it was handed on, how long it has waited and how long it may: for whoever has it next.
local function set_trail(txn, state, waiter, hops, now)
    txn:set_var("txn.dbswitch_trail", hops .. "," .. (now - waiter.since) .. "," .. allowance(state, waiter))
end

local function leave(state, txn, waiter, how, now)
    if waiter.waits then
        forget(state, waiter)
    end
    state[how] = state[how] + 1
    state.longest_wait = math.max(state.longest_wait, now - waiter.since)
    txn:unset_var("txn.dbswitch_held")
end

-- Called again and again for one connection, each time from its beginning. It does not use core.msleep: before HAProxy 3.0 a
-- sleeper that is woken by its client's bytes in the millisecond in which its nap ends may lose its timer, and would sleep until the
-- inspect-delay is over. (hlua_ctx_resume in src/hlua.c moves the clock between a yield and the check of its timer; act.wake_time is
-- set and checked under the same clock.)
local function hold(txn, backend, allowed, ceiling)
    local now = milliseconds()
    local state = backend_state(backend)
    if state.ceiling == 0 then
        state.ceiling = tonumber(ceiling)
        state.hold = state.hold > 0 and state.hold or tonumber(allowed)
    end

    local waiter = txn:get_priv() or arrive(state, txn, now)
    if waiter.counted_out then
        -- It was only late: the machine had no time for it.
        waiter.counted_out = nil
        state.dropped = state.dropped - 1
    end
    if not txn.req:may_recv() then
        -- The client has gone. What it sent before must not reach a database when nobody waits for the answer.
        leave(state, txn, waiter, "dropped", now)
        return act.DENY
    end

    if is_true(txn.f:stopping()) then
        -- This process takes no server any more: on to the one that has taken its place.
        if waiter.hops >= MOST_HOPS then
            leave(state, txn, waiter, "overrun", now)
            return act.DENY
        end
        -- The way back leads to this very process until it has let go of its listeners, which may take a busy machine some milliseconds:
        -- so each hop after the first waits for longer than the one before it.
        local left = waiter.hops > 0 and waiter.arrived + math.min(LONGEST_HOP, SHORTEST_NAP << waiter.hops) - now or 0
        if left > 0 then
            act.wake_time(left)
            return act.YIELD
        end
        leave(state, txn, waiter, "hopped", now)
        set_trail(txn, state, waiter, waiter.hops + 1, now)
        return act.CONTINUE
    end

    if takes_clients(state, txn, backend, now) then
        leave(state, txn, waiter, "released", now)
        -- The server may go before this connection has reached it: then it comes back here, and its wait goes on.
        set_trail(txn, state, waiter, waiter.hops, now)
        return act.CONTINUE
    end

    if now - waiter.since >= allowance(state, waiter) then
        leave(state, txn, waiter, "expired", now)
        return act.DENY
    end

    waiter.seen = now
    if waiter.waits then
        unlink(waiter)
        append(state, waiter)
    else
        enter(state, waiter)
    end
    sweep(state, now)
    act.wake_time(math.max(SHORTEST_NAP, math.min(LONGEST_NAP, state.waiting // LOOKS_PER_MILLISECOND)))
    return act.YIELD
end

core.register_action("dbswitch-hold", { "tcp-req" }, hold, 3)

-- ---------------------------------------------------------------------------------------------------------------------------------
-- The commands

local function answer(applet, text)
    applet:send(text .. "\n")
end

-- Without a usable number or backend there is nothing to do, and the answer says so.
local function parse(backend, number)
    local value = math.tointeger(tonumber(number))
    if not backend or not value or value < 0 then
        return nil, "refused: a backend and a whole number are needed"
    end
    if not core.backends[backend] then
        return nil, "refused: no such backend: " .. backend
    end
    try_memory()
    return backend_state(backend), value
end

-- The generation of a switch only grows. Who comes with a lower one is late, or somebody else's.
local function admit(state, generation)
    if generation < state.generation then
        return false, "refused: generation " .. generation .. " is behind " .. state.generation
    end
    if generation > HIGHEST_GENERATION or (state.generation > 0 and generation - state.generation > FURTHEST_JUMP) then
        return false, "refused: generation " .. generation .. " is absurd"
    end
    if generation > state.generation then
        state.generation = generation
        state.longest_wait = 0
        remember()
    end
    return true
end

local function show(applet)
    local now = milliseconds()
    try_memory()
    local lines = { "version " .. SCRIPT_VERSION, "memory " .. memory }
    local names = {}
    for name in pairs(backends) do
        names[#names + 1] = name
    end
    table.sort(names)
    for _, name in ipairs(names) do
        local state = backends[name]
        sweep(state, now)
        local longest = math.max(state.longest_wait, longest_waiting(state, now))
        for _, value in ipairs({
            "backend " .. name, "generation " .. state.generation, "hold " .. state.hold, "ceiling " .. state.ceiling, "waiting " .. state.waiting,
            "longest_wait " .. longest, "released " .. state.released, "expired " .. state.expired, "dropped " .. state.dropped,
            "hopped " .. state.hopped, "overrun " .. state.overrun,
        }) do
            lines[#lines + 1] = value
        end
    end
    answer(applet, table.concat(lines, "\n"))
end

local function set_hold(applet, _, _, _, backend, allowed)
    local state, value = parse(backend, allowed)
    if state then
        state.hold, state.told = value, true
    end
    answer(applet, state and "done" or value)
end

local function set_generation(applet, _, _, _, backend, generation)
    local state, value = parse(backend, generation)
    local admitted, refusal = state ~= nil, value
    if state then
        admitted, refusal = admit(state, value)
    end
    answer(applet, admitted and "done" or refusal)
end

-- What a server can be told together with a generation. In a worker that is stopping nothing is made ready any more, but the rest
-- works there too, unlike the Runtime API's own commands.
local function server_command(does)
    return function(applet, _, _, _, path, generation, ...)
        local backend, name = (path or ""):match("^([^/]+)/([^/]+)$")
        local state, value = parse(backend, generation)
        if not state then
            return answer(applet, value)
        end
        local server = core.backends[backend].servers[name]
        if not server then
            return answer(applet, "refused: no such server: " .. path)
        end
        local admitted, refusal = admit(state, value)
        answer(applet, admitted and does(server, ...) or refusal)
    end
end

local function fence(server)
    server:set_maint()
    return "done"
end

local function cut(server)
    server:shut_sess()
    return "done"
end

-- What became of it is read back, from "show servers state": HAProxy applies it a moment later.
local function address(server, ip, port)
    if not ip or not math.tointeger(tonumber(port)) then
        return "refused: an IP address and a port are needed"
    end
    server:set_addr(ip, math.tointeger(tonumber(port)))
    return "done"
end

local function ready(server)
    if tonumber(core.get_info()["Stopping"]) ~= 0 then
        return "refused: this worker is stopping"
    end
    server:set_ready()
    return "done"
end

core.register_cli({ "show", "dbswitch" }, "show dbswitch : who waits, for how long, and the generation (dbswitch.lua)", show)
core.register_cli({ "set", "dbswitch", "hold" }, "set dbswitch hold BACKEND MILLISECONDS : how long a new connection may wait", set_hold)
core.register_cli({ "set", "dbswitch", "generation" }, "set dbswitch generation BACKEND NUMBER : refuse whoever comes with a lower one", set_generation)

-- Before 3.0 Lua does not see servers that were added at run time.
if tonumber(core.get_info()["Version"]:match("^%d+")) >= 3 then
    core.register_cli({ "set", "dbswitch", "fence" }, "set dbswitch fence BACKEND/SERVER GENERATION : maintenance", server_command(fence))
    core.register_cli({ "set", "dbswitch", "cut" }, "set dbswitch cut BACKEND/SERVER GENERATION : end its sessions", server_command(cut))
    core.register_cli({ "set", "dbswitch", "address" }, "set dbswitch address BACKEND/SERVER GENERATION IP PORT : give it another address", server_command(address))
    core.register_cli({ "set", "dbswitch", "ready" }, "set dbswitch ready BACKEND/SERVER GENERATION : let clients in", server_command(ready))
end

core.register_task(try_memory)
