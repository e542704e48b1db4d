# SPDX-License-Identifier: Apache-2.0
"""The peers' side of the speed bench: speed_peer.py WORK FILE [name=value ...], spoken to as speed.c is:
"ready", then for each line of input one unit of work and its seconds by the clock and of processors, at
the end what came out as JSON."""
import json
import resource
import sys
import time

import numpy as np
import scipy.sparse as sparse


def read(path):
    head = np.fromfile(path, np.uint64, 3).astype(np.int64)
    starts = np.fromfile(path, np.uint64, head[0] + 1, offset=24).astype(np.int64)
    columns = np.fromfile(path, np.uint32, head[2], offset=24 + 8 * (head[0] + 1)).astype(np.int32)
    return sparse.csr_matrix((np.ones(head[2], np.float32), columns, starts), shape=(head[0], head[1]))


def say(line):
    print(line, flush=True)


def asked():
    return sys.stdin.readline() != ""


def units(work):
    """One unit for each line; the last one's result."""
    result = None
    while asked():
        result = None
        began, used = time.perf_counter(), time.process_time()
        result = work()
        say(f"{time.perf_counter() - began:.6f} {time.process_time() - used:.6f}")
    return result


def end(**what):
    what["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say(json.dumps(what))


class Enough(Exception):
    pass


def als(matrix, given):
    """implicit's conjugate gradients; its confidence is our weight + 1, its unobserved weight is 1."""
    from implicit.cpu.als import AlternatingLeastSquares
    model = AlternatingLeastSquares(
        factors=int(given["width"]), regularization=float(given["regularization"]), alpha=1,
        dtype=np.float32, use_native=True, use_cg=True, iterations=1 << 30,
        num_threads=int(given["threads"]), random_state=1)
    model.cg_steps = 3
    start = np.fromfile(given["start"], np.float32).reshape(-1, int(given["width"]))
    model.user_factors = start[:matrix.shape[0]].copy()
    model.item_factors = start[matrix.shape[0]:].copy()
    matrix.data[:] = 1 + float(given["weight"])
    clock = [0.0]

    def after_epoch(_epoch, elapsed, _loss):
        say(f"{elapsed:.6f} {time.process_time() - clock[0]:.6f}")
        if not asked():
            raise Enough
        clock[0] = time.process_time()

    say("ready")
    if asked():
        clock[0] = time.process_time()
        try:
            model.fit(matrix, show_progress=False, callback=after_epoch)
        except Enough:
            pass
    with open(given["factors"], "wb") as file:
        model.user_factors.tofile(file)
        model.item_factors.tofile(file)
    end()


def blocks(matrix, given):
    """irspack's iALS++, whose loss is half of ours."""
    from irspack.recommenders.ials import IALSTrainer
    from irspack.recommenders._ials_core import LossType, SolverType
    trainer = IALSTrainer(
        matrix, n_components=int(given["width"]), alpha0=float(given["unobserved"]),
        reg=float(given["regularization"]), nu=float(given["exponent"]), init_std=0.1,
        solver_type=SolverType.IALSPP, max_cg_steps=0, ialspp_subspace_dimension=int(given["block"]),
        loss_type=LossType.IALSPP, random_seed=1, n_threads=int(given["threads"]),
        prediction_time_max_cg_steps=1, prediction_time_ialspp_iteration=1)
    say("ready")
    units(trainer.run_epoch)
    with open(given["factors"], "wb") as file:
        for factors in (trainer.core_trainer.user, trainer.core_trainer.item):
            np.ascontiguousarray(factors, np.float32).tofile(file)
    end()


def ease(matrix, given):
    """The closed form as its authors and everyone after them write it in numpy, float32."""
    def fit():
        gram = matrix.T.dot(matrix).toarray()
        diagonal = np.diag_indices(gram.shape[0])
        gram[diagonal] += np.float32(given["regularization"])
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        weights[diagonal] = 0
        return weights

    say("ready")
    weights = units(fit)
    end(sum=float(np.abs(weights).sum(dtype=np.float64)), dtype=str(weights.dtype))


def knn(matrix, given):
    """implicit counts an item among its own neighbours: one more is asked for, and left out here."""
    from implicit.nearest_neighbours import CosineRecommender

    def fit():
        model = CosineRecommender(K=int(given["neighbours"]) + 1, num_threads=int(given["threads"]))
        model.fit(matrix, show_progress=False)
        return model

    say("ready")
    similarity = units(fit).similarity
    end(sum=float(similarity.sum(dtype=np.float64) - similarity.diagonal().sum(dtype=np.float64)))


def top(matrix, given):
    """Lists from the factors that our side wrote."""
    from implicit.cpu.als import AlternatingLeastSquares
    width = int(given["width"])
    factors = np.fromfile(given["factors"], np.float32).reshape(-1, width)
    model = AlternatingLeastSquares(factors=width, num_threads=int(given["threads"]))
    model.user_factors, model.item_factors = factors[:matrix.shape[0]], factors[matrix.shape[0]:]
    persons = np.arange(matrix.shape[0])
    say("ready")
    ids, _ = units(lambda: model.recommend(persons, matrix, N=int(given["lists"]),
                                           filter_already_liked_items=True))
    ids.astype(np.uint32).tofile(given["output"])
    end()


def spark(matrix, given):
    """PySpark's implicit ALS on local threads; only fit() is timed, with its input cached."""
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master(f"local[{given['threads']}]")
               .config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
               .config("spark.sql.shuffle.partitions", given["threads"]).getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    entries = matrix.tocoo()
    np.savetxt(given["table"], np.column_stack([entries.row, entries.col]), "%d", ",")
    frame = session.read.csv(given["table"], "person int, item int").selectExpr(
        "person", "item", "float(1) as rating").cache()
    frame.count()
    say("ready")
    model = units(lambda: ALS(
        rank=int(given["width"]), maxIter=int(given["epochs"]), regParam=float(given["ridge"]),
        alpha=float(given["weight"]), implicitPrefs=True, seed=1, userCol="person", itemCol="item",
        numUserBlocks=int(given["threads"]), numItemBlocks=int(given["threads"])).fit(frame))
    with open(given["factors"], "wb") as file:
        for rows, found in zip(matrix.shape, (model.userFactors, model.itemFactors)):
            factors = np.zeros((rows, int(given["width"])), np.float32)
            for row in found.collect():
                factors[row["id"]] = row["features"]
            factors.tofile(file)
    end()
    session.stop()


WORKS = {"als": als, "blocks": blocks, "ease": ease, "knn": knn, "spark": spark, "top": top}

if __name__ == "__main__":
    WORKS[sys.argv[1]](read(sys.argv[2]), dict(a.split("=", 1) for a in sys.argv[3:]))
