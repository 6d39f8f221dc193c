"""Inputs for lang.jsonpath."""
import json
from common import *

JPIN = {'data': {'ok': True, 'n': 5, 'f': 0.5, 's': 'x', 'null': None, 'a b': 1, 'a.b': 2, 'list': [1, 2, 3, {'k': 'v'}], 'objs': [{'name': 'a', 'v': 1, 'tags': ['x']}, {'name': 'b', 'v': 2, 'tags': []}, {'name': 'c', 'v': 2}]}, 'k/l': 'slash', 'result': 'ok', 'empty': [], 'deep': {'x': {'y': {'z': 1}}, 'w': {'z': 2}}}


def hand():
    out = [case('lang.jsonpath', {'expr': e, 'input': JPIN}) for e in [*lines('jsonpath_battery.txt'), '']]
    for inp in [[{'a': 1}, {'a': 2}], 'str', 5, None, []]:
        for e in ['{$}', '{$[0].a}', '{$[*].a}', '{.a}', '{[0]}', '{..a}', '{$[0]}']:
            out.append(case('lang.jsonpath', {'expr': e, 'input': inp}))
    return out


def gen(r, n):
    out = []
    while len(out) < n:
        inp = json.loads(json.dumps(JPIN))
        inp['data']['n'] = num(r)
        inp['data']['list'] = [value(r, 1) for _ in range(r.randint(0, 4))]
        e = r.choice(['{$', '{', '{$', '{@'])
        cur = inp
        for _ in range(r.randint(1, 5)):
            k = r.random()
            if isinstance(cur, dict) and cur:
                if k < 0.85:
                    n_ = r.choice(list(cur))
                    e += ('.' + n_) if n_.isalnum() and r.random() < 0.8 else "['%s']" % n_
                    cur = cur[n_]
                elif k < 0.9:
                    e += '..' + r.choice(['name', 'z', 'v'])
                    cur = None
                else:
                    e += r.choice(['.nope', '.*', '[0]'])
            elif isinstance(cur, list) and cur:
                if k < 0.3:
                    i = r.randint(-len(cur), len(cur) - 1)
                    e += '[%d]' % i
                    cur = cur[i]
                elif k < 0.5:
                    e += r.choice(['[*]', '[*]', '[]'])
                    cur = cur[0]
                elif k < 0.7:
                    e += '[%s:%s%s]' % (r.choice(['', 0, 1, -2, 5]), r.choice(['', 2, -1, 9]), r.choice(['', '', '', ':2']))
                    cur = cur[0]
                elif k < 0.75:
                    e += '[0,%d]' % r.randint(0, 3)
                    cur = cur[0]
                elif k < 0.95:
                    e += '[?(@.%s%s%s)]' % (r.choice(['v', 'v', 'name', 'tags[0]']), r.choice(['==', '!=', '>', '<=', '==']), r.choice(['1', '2', '"a"', "'b'", '1.5']))
                    cur = cur[0]
                else:
                    e += '.x'
            else:
                if r.random() < 0.1:
                    e += r.choice(['.x', '[0]'])
                break
        e += r.choice(['}'] * 20 + ['', '} ', '}}', '}{.result}', '} {.data.n}'])
        out.append(case('lang.jsonpath', {'expr': e, 'input': inp}))
    return out
